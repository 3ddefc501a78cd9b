// Number keys choose an answer while one is in a question. The keys are shown; everything works without them.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  form.classList.add("has-keys");
  document.querySelectorAll(".keys-help").forEach((each) => { each.hidden = false; });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    const here = document.activeElement;
    if (!here || here.matches('textarea, select, input:not([type="radio"])')) return;
    const answer = here.closest("fieldset")?.querySelector(`input[type="radio"][data-key="${event.key}"]`);
    if (!answer) return;
    event.preventDefault();
    answer.focus();
    if (!answer.checked) {
      answer.checked = true;
      answer.dispatchEvent(new Event("input", { bubbles: true }));
      answer.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
})();
