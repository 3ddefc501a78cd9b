// A little help with the form. Everything works without it.
"use strict";

// When material is missing, the reason is asked for: show where to write it.
document.querySelectorAll('input[type="radio"][value="not_found"]').forEach((answer) => {
  answer.addEventListener("change", () => {
    const more = answer.closest(".question")?.querySelector("details.more");
    if (more) more.open = true;
  });
});

// A link to a field inside something folded unfolds it.
document.querySelectorAll('.error-summary a[href^="#"]').forEach((link) => {
  link.addEventListener("click", () => {
    const field = document.getElementById(link.hash.slice(1));
    const folded = field?.closest("details");
    if (folded) folded.open = true;
    field?.focus();
  });
});
