// An offer of a source and its day fills in its question at once. Without this file its button sends the form instead.
"use strict";

document.querySelectorAll("button.offer").forEach((button) => {
  button.addEventListener("click", (event) => {
    const [name, place] = button.value.split("|");
    const field = (part) => document.getElementById(`fact-${name}-${part}`);
    event.preventDefault();
    field("source").value = button.dataset.source;
    field("observed_on").value = button.dataset.day;
    button.setAttribute("aria-pressed", "true");
    button.parentElement.querySelectorAll("button.offer").forEach((each) => {
      if (each !== button) each.removeAttribute("aria-pressed");
    });
    // who says so today is written anew
    if (place === "again") {
      button.closest("[data-item]").querySelector("details.more").open = true;
      field("source").focus();
    }
    field("source").dispatchEvent(new Event("input", { bubbles: true }));
  });
});
