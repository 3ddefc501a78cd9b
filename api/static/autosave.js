// Saves while one writes, says when it was saved, and loses nothing when the network, the log-in or the tab is gone.
// Everything works without it: the buttons of the page save the same form.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  const told = document.getElementById("save-state");
  if (!form || !told) return;
  // Facts are entries that stay: one is saved when its question is left, not at every pause in a word.
  const isByQuestion = form.dataset.autosave === "question";
  const WAIT = isByQuestion ? 10_000 : 800, AGAIN = 5000;
  let timer = null, isSending = false, isChanged = false, isStopped = false, isLoggedOut = false;
  let isUnkept = false, isLeaving = false;

  const tell = (text, kind) => {
    told.textContent = text;
    told.classList.toggle("is-saved", kind === "saved");
    told.classList.toggle("is-waiting", kind === "waiting");
  };
  const values = () => Object.fromEntries(new FormData(form));
  const fields = (name) => [...form.elements].filter((each) => each.name === name);
  const fill = (name, value) => {
    for (const each of fields(name)) {
      if (each.type === "radio" || each.type === "checkbox") each.checked = each.value === value;
      else each.value = value;
    }
  };
  // A question that somebody is in the middle of is never changed under their hands.
  const isInUse = (name) => fields(name).some((each) => (each.closest("[data-item]") || each).contains(document.activeElement));
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };

  // An error stands next to its field, and goes when it is put right.
  const mark = (faults) => {
    for (const error of form.querySelectorAll(".field-error")) {
      for (const described of form.querySelectorAll(`[aria-describedby~="${CSS.escape(error.id)}"]`)) {
        const rest = described.getAttribute("aria-describedby").split(" ").filter((each) => each !== error.id);
        if (rest.length) described.setAttribute("aria-describedby", rest.join(" "));
        else described.removeAttribute("aria-describedby");
      }
      error.remove();
    }
    form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
    for (const [id, text] of Object.entries(faults)) {
      const field = document.getElementById(id);
      if (!field) continue;
      const group = field.type === "radio" ? field.closest("fieldset") : null;
      const said = document.createElement("p");
      said.className = "field-error";
      said.id = `${id}-error`;
      said.textContent = text;
      (group || field.closest(".field") || field.parentElement).append(said);
      const described = group || field;
      described.setAttribute("aria-describedby", [described.getAttribute("aria-describedby"), said.id].filter(Boolean).join(" "));
      (group ? fields(field.name) : [field]).forEach((each) => each.setAttribute("aria-invalid", "true"));
    }
    if (!Object.keys(faults).length) document.getElementById("error-summary")?.remove();
  };
  const linked = (text, label, address) => {
    tell(text, "waiting");
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = label;
    told.append(" ", link);
  };
  const conflicted = (message) => {
    isStopped = true;
    tell(message, "waiting");
    const button = document.createElement("button");
    button.type = "submit";
    button.setAttribute("form", form.id);
    button.className = "as-link";
    button.textContent = told.dataset.showBoth;
    told.append(" ", button);
  };

  async function send() {
    if (isSending || isStopped || !isChanged) return;
    isSending = true;
    isChanged = false;
    const sent = new FormData(form);
    tell(told.dataset.saving, "");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent), headers: { Accept: "application/json" }, redirect: "error" });
    } catch {
      answer = null;
    }
    isSending = false;
    if (!answer || answer.status >= 500) {
      isChanged = true;
      tell(told.dataset.offline, "waiting");
      await window.kept.put(values());
      later(AGAIN);
      return;
    }
    if (answer.status === 401 || answer.status === 400) {
      isChanged = true;
      isLoggedOut = true;
      await window.kept.put(values());
      linked(told.dataset.loggedOut, told.dataset.logIn, "/log-in");
      comeBack();
      return;
    }
    let said = null;
    try {
      said = await answer.json();
    } catch {
      // a page in place of an answer is told below
    }
    if (answer.status === 409 && said?.status === "conflict") {
      isChanged = true;
      mark(said.faults);
      conflicted(said.message);
      return;
    }
    if (!answer.ok || !said) {
      isChanged = true;
      isStopped = true;
      tell(told.dataset.unsaved, "waiting");
      return;
    }
    // what somebody else wrote meanwhile, and I have not touched
    for (const name of said.changed_by_others) {
      const value = said.values[name];
      const mine = String(sent.get(name) ?? "").replace(/\r\n/g, "\n").trim();
      if (!isInUse(name) && mine !== value && !(mine === "not_asked" && value === "")
        && String(new FormData(form).get(name) ?? "").replace(/\r\n/g, "\n").trim() === mine) fill(name, value);
    }
    form.elements.shown.value = said.shown;
    mark(said.faults);
    for (const [part, text] of Object.entries(said.progress)) {
      const place = document.querySelector(`[data-part="${CSS.escape(part)}"]`);
      if (!place) continue;
      place.textContent = text;
      const [answered] = text.match(/\d+/) || ["0"];
      place.parentElement.querySelector("progress").value = Number(answered);
    }
    const settled = document.getElementById("settled");
    if (said.settled && settled && !settled.contains(document.activeElement)) settled.innerHTML = said.settled;
    isUnkept = said.status === "partly_saved";
    if (isChanged) {
      later(WAIT);
    } else {
      window.kept.forget();
      tell(said.message, isUnkept ? "waiting" : "saved");
    }
  }

  // Save now what is not saved yet; whether all of it is.
  async function flush() {
    clearTimeout(timer);
    while (isSending) await new Promise((resolve) => { setTimeout(resolve, 20); });
    if (isChanged && !isStopped && !isLoggedOut) await send();
    return !isChanged && !isUnkept;
  }

  // The log-in of another tab has its own mark for forms: take it over, and save.
  async function comeBack() {
    if (!isLoggedOut) return;
    try {
      const answer = await fetch("/api/v1/account", { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const account = await answer.json();
      document.querySelectorAll('input[name="csrf_token"]').forEach((each) => { each.value = account.csrf_token; });
    } catch {
      return;
    }
    isLoggedOut = false;
    later(0);
  }

  form.addEventListener("input", (event) => {
    const item = event.target.closest("[data-item]");
    if (item && form.elements.at) form.elements.at.value = item.dataset.item;
    isChanged = true;
    if (!isLoggedOut) later(WAIT);
    else window.kept.put(values());
  });
  if (isByQuestion) {
    form.addEventListener("focusout", (event) => {
      const question = event.target.closest("[data-item]");
      if (question && !question.contains(event.relatedTarget) && isChanged && !isLoggedOut) later(50);
    });
  }
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    isStopped = true;
    isChanged = false;
    isLeaving = true;
    clearTimeout(timer);
  });
  // Another form of the page, such as the one that logs out, is sent when what was written is saved.
  document.addEventListener("submit", async (event) => {
    if (event.target === form || event.defaultPrevented || (!isChanged && !isSending) || isStopped) return;
    event.preventDefault();
    await flush();
    isLeaving = true;
    event.target.requestSubmit(event.submitter);
  });
  // A link of the page is followed when what was written is saved, so that the next page shows it.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
      || link.target || link.getAttribute("href").startsWith("#") || (!isChanged && !isSending)) return;
    event.preventDefault();
    await flush();
    window.location.assign(link.href);
  });
  window.addEventListener("online", () => later(0));
  window.addEventListener("focus", comeBack);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") comeBack();
    else if (isChanged && !isStopped) {
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, keepalive: true }).catch(() => window.kept.put(values()));
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && (isUnkept || (isChanged && (isLoggedOut || isStopped || !navigator.onLine)))) event.preventDefault();
  });

  window.kept.take().then((found) => {
    if (!found) return;
    const shown = found.shown;
    for (const [name, value] of Object.entries(found)) if (!["csrf_token", "shown", "to"].includes(name)) fill(name, value);
    form.elements.shown.value = shown;
    isChanged = true;
    later(0);
  });
})();
