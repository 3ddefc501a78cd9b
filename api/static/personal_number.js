// Says at once whether the digits of a personal number can be right. The service checks them again.
"use strict";

(() => {
  const place = document.querySelector("[data-personal-number]");
  const field = place?.querySelector('input[name="number"]');
  if (!field) return;
  const told = document.createElement("p");
  told.className = "field-help";
  told.setAttribute("role", "status");
  field.after(told);
  const isRight = (text) => {
    const match = /^(?:\d\d)?(\d\d)(\d\d)(\d\d)[-+]?(\d{4})$/.exec(text.replace(/\s/g, ""));
    if (!match) return false;
    const [, year, month, day, last] = match;
    const days = Number(day) > 60 ? Number(day) - 60 : Number(day);
    if (Number(month) < 1 || Number(month) > 12 || days < 1 || days > 31) return false;
    const sum = [...(year + month + day + last)].reduce((all, sign, at) => {
      const product = Number(sign) * (at % 2 ? 1 : 2);
      return all + (product > 9 ? product - 9 : product);
    }, 0);
    return sum % 10 === 0;
  };
  field.addEventListener("input", () => {
    const digits = field.value.replace(/\D/g, "");
    told.textContent = digits.length < 10 ? "" : isRight(field.value) ? place.dataset.right : place.dataset.wrong;
  });
})();
