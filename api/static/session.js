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
