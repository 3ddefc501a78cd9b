// What is written of a case that is not opened yet is kept in this browser, encrypted as in kept.js, until it is opened.
"use strict";

(() => {
  const form = document.querySelector("form[data-kept]");
  if (!form || !window.kept) return;
  const OWN = ["csrf_token", "is_another"];
  const values = () => Object.fromEntries([...new FormData(form)].filter(([name]) => !OWN.includes(name)));
  let timer = null;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => window.kept.put(values()), 400);
  });
  // Opened means that another page follows; one that was refused is this page again.
  form.addEventListener("submit", () => { sessionStorage.setItem("underlag.sent", form.dataset.keepName); });
  sessionStorage.removeItem("underlag.sent");
  if (document.querySelector("main").hasAttribute("data-unsaved")) return;
  window.kept.take().then((found) => {
    if (!found) return;
    for (const [name, value] of Object.entries(found)) {
      for (const each of [...form.elements].filter((one) => one.name === name)) {
        if (each.type === "radio") each.checked = each.value === value;
        else each.value = value;
      }
    }
    const told = document.createElement("p");
    told.className = "done";
    told.setAttribute("role", "status");
    told.textContent = form.dataset.kept;
    form.prepend(told);
  });
})();
