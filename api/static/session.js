// Nothing about anyone stays in the browser after a log-out. Everything else works without this file.
"use strict";

document.querySelectorAll("form.log-out").forEach((form) => {
  form.addEventListener("submit", () => {
    try {
      Object.keys(localStorage).filter((name) => name.startsWith("underlag.")).forEach((name) => localStorage.removeItem(name));
      sessionStorage.clear();
    } catch {
      // a browser that keeps nothing has nothing to remove
    }
  });
});

// What was kept of a form until it was sent is not needed when another page has followed.
try {
  const sent = sessionStorage.getItem("underlag.sent");
  if (sent && !document.querySelector(`form[data-keep-name="${CSS.escape(sent)}"]`) && !document.querySelector('input[name="sealed"]')) {
    localStorage.removeItem(`underlag.kept.${sent}`);
    sessionStorage.removeItem("underlag.sent");
  }
} catch {
  // a browser that keeps nothing has nothing to remove
}
