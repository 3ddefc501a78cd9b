// A little help with the form. Everything works without it.
"use strict";

// When material is missing, the reason is asked for: show where to write it.
document.querySelectorAll('input[type="radio"][value="not_found"]').forEach((answer) => {
  answer.addEventListener("change", () => {
    const more = answer.closest(".question")?.querySelector("details.more");
    if (more) more.open = true;
  });
});

// A form is sent when the service answers: until then what was written stays where it is, and that is said.
const noContact = document.currentScript.dataset.noContact;
const isThere = async () => {
  try {
    return (await fetch("/health", { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
};
document.querySelectorAll('main form[method="post"]').forEach((form) => {
  let isTried = false, isAsking = false;
  form.addEventListener("submit", async (event) => {
    if (!noContact || isTried) return;
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    form.querySelector(".no-contact")?.remove();
    const answers = await isThere();
    isAsking = false;
    if (answers) {
      isTried = true;
      form.requestSubmit(event.submitter);
      isTried = false;
      return;
    }
    const told = document.createElement("p");
    told.className = "no-contact field-error";
    told.setAttribute("role", "alert");
    told.textContent = noContact;
    (event.submitter?.closest(".actions") || form).prepend(told);
  });
});

// A link to a field inside something folded unfolds it.
document.querySelectorAll('main a[href^="#"]').forEach((link) => {
  link.addEventListener("click", () => {
    const target = document.getElementById(link.hash.slice(1));
    for (let folded = target?.closest("details"); folded; folded = folded.parentElement.closest("details")) {
      folded.open = true;
    }
    target?.focus();
  });
});
