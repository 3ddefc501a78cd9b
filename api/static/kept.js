// What is not saved yet, when the network is gone: kept in this browser until it is saved, encrypted by a key that only
// the account that wrote it gets from the service. It is removed when it is saved, and at log-out.
"use strict";

window.kept = (() => {
  const prefix = "underlag.kept.";
  const form = document.querySelector("form[data-keep]");
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const place = form ? prefix + form.dataset.keepName : "";
  // the first is the one to keep by; those after it are of before the service changed its own
  const keys = form && crypto.subtle
    ? form.dataset.keep.split(" ").map((key) => crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["encrypt", "decrypt"]))
    : [];

  return {
    async put(values) {
      if (!keys.length) return;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const plain = new TextEncoder().encode(JSON.stringify(values));
      const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keys[0], plain);
      try {
        localStorage.setItem(place, `${text(iv)}.${text(hidden)}`);
      } catch {
        // a browser that keeps nothing: the page itself still holds what was written
      }
    },
    async take() {
      if (!keys.length) return null;
      try {
        const [iv, hidden] = (localStorage.getItem(place) || "").split(".");
        if (!hidden) return null;
        const open = async (key) => crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, await key, bytes(hidden));
        const plain = await Promise.any(keys.map(open));
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
