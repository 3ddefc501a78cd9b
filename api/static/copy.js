// A button that copies the text of a field. Without this file the text is selected and copied by hand.
"use strict";

const copies = document.querySelector("[data-copies]");
if (copies) {
  const field = document.getElementById(copies.dataset.copies);
  const answer = document.querySelector("[data-copied]");
  copies.hidden = false;
  copies.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      answer.textContent = answer.dataset.copied;
    } catch {
      field.select();
      answer.textContent = answer.dataset.notCopied;
    }
  });
}
