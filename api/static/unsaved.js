// Whoever leaves a page with something unsaved is asked first, also when another form of the page is sent. A form that saves
// itself while one writes asks by itself, and one that only chooses what to look at has nothing to lose.
"use strict";

(() => {
  const forms = [...document.querySelectorAll('main form[method="post"]:not([data-autosave]):not([data-transient])')]
    .filter((form) => [...form.elements].some((each) => each.matches('textarea, select, input:not([type="hidden"])')));
  const written = (form) => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  // A page that answers a form which was sent shows what is saved nowhere.
  const isShownAgain = document.querySelector("main")?.hasAttribute("data-unsaved");
  const first = new Map(forms.map((form) => [form, isShownAgain ? null : written(form)]));
  let sent = null;
  document.addEventListener("submit", (event) => { sent = event.defaultPrevented ? null : event.target; });
  document.addEventListener("input", () => { sent = null; });
  window.addEventListener("beforeunload", (event) => {
    if (forms.some((form) => form !== sent && first.get(form) !== written(form))) event.preventDefault();
  });
})();
