// Printing shows everything that is folded. Everything else works without this file.
"use strict";

const button = document.querySelector(".print-button");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("main details:not([open])").forEach((folded) => {
    folded.open = true;
    folded.dataset.folded = "yes";
  });
});
window.addEventListener("afterprint", () => {
  document.querySelectorAll("main details[data-folded]").forEach((unfolded) => {
    unfolded.open = false;
    delete unfolded.dataset.folded;
  });
});
