// Number keys choose an answer while one is in a question. The keys are shown; everything works without them. In the list
// of all items the next item comes into focus, N unfolds what an answer rests on, and Escape goes back to the answer.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const isList = form.hasAttribute("data-list");
  form.classList.add("has-keys");
  document.querySelectorAll(".keys-help").forEach((each) => { each.hidden = false; });

  const goTo = (item) => {
    const answer = item?.querySelector('input[type="radio"]:checked') || item?.querySelector('input[type="radio"]');
    const fold = item?.closest("details.folded");
    if (fold) fold.open = true;
    answer?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  };
  const write = (item) => {
    const note = item.querySelector("details.note");
    if (!note) return;
    note.open = true;
    note.querySelector("textarea").focus();
  };
  const goOn = (item, answer) => {
    if (answer.value === "not_found") return write(item);
    const items = [...form.querySelectorAll(".list-item")];
    const next = items[items.indexOf(item) + 1];
    if (next) goTo(next);
    else form.querySelector('input[name$=".reoffending_risk"]')?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const here = document.activeElement;
    const item = here?.closest(".list-item");
    if (isList && item && event.key === "Escape" && here.closest("details.note")) {
      event.preventDefault();
      return goTo(item);
    }
    if (!here || here.matches('textarea, select, input:not([type="radio"])')) return;
    if (isList && item && event.key.toLowerCase() === "n") {
      event.preventDefault();
      return write(item);
    }
    if (!/^[1-9]$/.test(event.key)) return;
    const answer = here.closest("fieldset")?.querySelector(`input[type="radio"][data-key="${event.key}"]`);
    if (!answer) return;
    event.preventDefault();
    answer.focus();
    if (!answer.checked) {
      answer.checked = true;
      answer.dispatchEvent(new Event("input", { bubbles: true }));
      answer.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (isList && item) goOn(item, answer);
  });
  // Whoever unfolds a note wants to write it.
  form.querySelectorAll("details.note > summary").forEach((summary) => {
    summary.addEventListener("click", () => {
      if (!summary.parentElement.open) setTimeout(() => write(summary.closest(".list-item")));
    });
  });
})();
