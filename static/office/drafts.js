/* A long form (data-keep) survives the end of a session: what is typed stays in this tab until the form is taken.

   A draft is "open" while typed into, "sent" once the form left, and open again when the login page came instead of an
   answer. Any other page after a sent form means that it was taken, so the draft goes; unless the officer came to it by
   the back button, as one does from an error page. */

const PREFIX = "draft:";

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch { /* storage full or forbidden: the form still works, only without a draft */ }
}

function keys() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
}

function kept(field) {
  return field.name && field.name !== "csrfmiddlewaretoken" && field.name !== "client_id"
    && !["password", "file", "submit", "button"].includes(field.type);
}

function values(form) {
  const names = new Set([...form.elements].filter(kept).map((field) => field.name));
  return [...new FormData(form)].filter(([name, value]) => names.has(name) && typeof value === "string");
}

function restore(form, entries) {
  const left = entries.map((entry) => [...entry]);
  const take = (field) => {
    const at = left.findIndex(([name, value]) =>
      name === field.name && (!["checkbox", "radio"].includes(field.type) || value === field.value));
    return at < 0 ? null : left.splice(at, 1)[0][1];
  };
  for (const field of form.elements) {
    if (!kept(field) || field.type === "hidden") continue;
    const value = take(field);
    if (["checkbox", "radio"].includes(field.type)) field.checked = value !== null;
    else if (value !== null) field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function offerDiscard(form, key) {
  const note = document.querySelector("#draft-note")?.content.firstElementChild.cloneNode(true);
  if (!note) return;
  note.querySelector("button").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    form.reset();
    note.remove();
  });
  form.before(note);
}

function watch(form, officer) {
  const key = `${PREFIX}${officer}:${location.pathname}:${form.dataset.keep || form.id}`;
  const draft = read(key);
  if (draft && !form.querySelector("[aria-invalid=true]")) {
    form.dispatchEvent(new CustomEvent("draft:before", { bubbles: true, detail: draft.entries }));
    restore(form, draft.entries);
    offerDiscard(form, key);
  }
  form.addEventListener("input", () => write(key, { state: "open", entries: values(form) }));
  form.addEventListener("submit", () => write(key, { state: "sent", entries: values(form) }));
}

export function keepDrafts() {
  const officer = document.body.dataset.officer;
  if (document.querySelector("[data-entrance]") || !officer) {
    for (const key of keys()) {
      const draft = read(key);
      if (draft?.state === "sent") write(key, { ...draft, state: "open" });
    }
    return;
  }
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  for (const key of keys()) {
    if ((read(key)?.state === "sent" && !cameBack) || !key.startsWith(`${PREFIX}${officer}:`)) sessionStorage.removeItem(key);
  }
  for (const form of document.querySelectorAll("form[data-keep]")) watch(form, officer);
  document.querySelector("form[data-leave]")?.addEventListener("submit", () => {
    for (const key of keys()) sessionStorage.removeItem(key);
  });
}
