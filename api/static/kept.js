// What is not saved yet, when the network is gone: kept in this browser until it is saved, encrypted by a key that only
// the account that wrote it gets from the service. It is removed when it is saved, and at log-out.
"use strict";

window.kept = (() => {
  const prefix = "underlag.kept.";
  const form = document.querySelector("form[data-keep]");
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const place = form ? prefix + form.dataset.keepName : "";
  const key = form && crypto.subtle
    ? crypto.subtle.importKey("raw", bytes(form.dataset.keep), "AES-GCM", false, ["encrypt", "decrypt"])
    : null;

  return {
    async put(values) {
      if (!key) return;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const plain = new TextEncoder().encode(JSON.stringify(values));
      const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, plain);
      try {
        localStorage.setItem(place, `${text(iv)}.${text(hidden)}`);
      } catch {
        // a browser that keeps nothing: the page itself still holds what was written
      }
    },
    async take() {
      if (!key) return null;
      try {
        const [iv, hidden] = (localStorage.getItem(place) || "").split(".");
        if (!hidden) return null;
        const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, await key, bytes(hidden));
        return JSON.parse(new TextDecoder().decode(plain));
      } catch {
        localStorage.removeItem(place); // another account wrote it
        return null;
      }
    },
    forget() {
      try {
        localStorage.removeItem(place);
      } catch {
        // nothing was kept
      }
    },
  };
})();
