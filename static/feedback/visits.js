/* A visit is written at a door, where the signal may be poor: the form is kept on the device until the office has it.

   "draft" is the form that is being filled in, "unsent" are the forms that were saved and have not arrived. Each form
   carries its own client_id, so one that arrives twice is stored once. Both lists belong to one officer. */

const officer = document.body.dataset.officer;
const DRAFT = `visit:draft:${officer}`;
const UNSENT = `visit:unsent:${officer}`;
const TOLD = "visit:told"; // what the next page is to say, and only that one
const TRY_AGAIN = 30_000;

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/* Whether it could be kept: storage may be full or forbidden. */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch { /* nothing was kept */ }
}

const unsent = () => read(UNSENT, []);
const idOf = (entries) => entries.find(([name]) => name === "client_id")?.[1];

function keep(entries) {
  return write(UNSENT, [...unsent().filter((one) => idOf(one.entries) !== idOf(entries)), { entries }]);
}

function drop(id) {
  const left = unsent().filter((one) => idOf(one.entries) !== id);
  if (left.length) write(UNSENT, left);
  else forget(UNSENT);
}

function mark(id, why) {
  write(UNSENT, unsent().map((one) => (idOf(one.entries) === id ? { ...one, why } : one)));
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
}

/* One attempt: "stored" with the address of the visit and what to say of it, "refused", "login", or "offline" (try again later). */
async function send(entries, address, token) {
  const body = new URLSearchParams([...entries, ["csrfmiddlewaretoken", token]]);
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout?.(20_000) });
  } catch {
    return { what: "offline" };
  }
  if (answer.ok) return { what: "stored", ...(await answer.json().catch(() => ({}))) };
  if (answer.type === "opaqueredirect" || answer.status === 403) return { what: "login" };
  return { what: answer.status === 422 || answer.status === 400 ? "refused" : "offline" };
}

/* What has not arrived yet ----------------------------------------------------------------------------------------- */

const note = document.querySelector("[data-unsent]");
const sentNote = document.querySelector("[data-sent]");

function showUnsent() {
  const waiting = unsent();
  note.hidden = waiting.length === 0;
  const count = note.querySelector("[data-unsent-count]");
  count.textContent = waiting.length === 1 ? count.dataset.one : count.dataset.many.replace("{n}", waiting.length);
  const why = waiting.find((one) => one.why)?.why ?? "offline";
  for (const line of note.querySelectorAll("[data-unsent-why]")) line.hidden = line.dataset.unsentWhy !== why;
  note.querySelector("[data-unsent-open]").hidden = !waiting.some((one) => one.why === "refused");
}

function tellNext(text) {
  try {
    sessionStorage.setItem(TOLD, text);
  } catch { /* the next page shows the visit itself */ }
}

function showTold() {
  let text = null;
  try {
    text = sessionStorage.getItem(TOLD);
    sessionStorage.removeItem(TOLD);
  } catch { /* nothing was left to say */ }
  if (text) showSent(text);
}

function showSent(text) {
  sentNote.querySelector("[data-sent-text]").textContent = text;
  sentNote.hidden = false;
}

let isSending = false;

async function sendAll() {
  if (isSending || !unsent().length) return;
  isSending = true;
  let isAnySent = false;
  for (const { entries } of unsent().filter((one) => one.why !== "refused")) {
    const { what } = await send(entries, note.dataset.address, note.dataset.token);
    if (what === "stored") {
      drop(idOf(entries));
      isAnySent = true;
    } else {
      mark(idOf(entries), what === "offline" ? undefined : what);
      if (what !== "refused") break;
    }
  }
  isSending = false;
  showUnsent();
  if (isAnySent) tellSent();
}

/* The list of visits was drawn before these arrived: it is drawn anew. */
function tellSent() {
  const text = sentNote.dataset.kept;
  if (!("list" in note.dataset)) return showSent(text);
  tellNext(text);
  location.reload();
}

/* A refused one goes back into the form, where it can be corrected. */
function openRefused() {
  const refused = unsent().find((one) => one.why === "refused");
  if (!refused) return;
  drop(idOf(refused.entries));
  write(DRAFT, refused.entries);
  location.assign(note.dataset.address);
}

/* The form --------------------------------------------------------------------------------------------------------- */

const form = document.querySelector("form[data-visit]");

function entriesOf() {
  return [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
}

function hasWords() {
  return entriesOf().some(([name, value]) => value && /^(place|reached|note|opinion-\d+-)/.test(name));
}

function addOpinion() {
  const total = form.elements["opinion-TOTAL_FORMS"];
  const number = Number(total.value);
  if (number >= Number(form.dataset.max)) return null;
  const holder = document.createElement("div");
  holder.append(form.querySelector("[data-opinion-template]").content.cloneNode(true));
  for (const element of holder.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("__prefix__")) element.setAttribute(name, value.replaceAll("__prefix__", number));
    }
  }
  const opinion = holder.querySelector("[data-opinion]");
  opinion.querySelector("[data-opinion-number]").textContent = number + 1;
  form.querySelector("[data-opinions]").append(opinion);
  total.value = number + 1;
  return opinion;
}

function fill(entries) {
  const values = new Map(entries);
  while (Number(form.elements["opinion-TOTAL_FORMS"].value) < Number(values.get("opinion-TOTAL_FORMS")) && addOpinion());
  for (const field of form.elements) {
    if (!values.has(field.name) || field.name.endsWith("_FORMS")) continue;
    if (field.type === "radio") field.checked = field.value === values.get(field.name);
    else field.value = values.get(field.name);
  }
}

function startAfresh() {
  forget(DRAFT);
  form.reset();
  form.elements.client_id.value = newId();
  for (const opinion of [...form.querySelectorAll("[data-opinion]")].slice(1)) opinion.remove();
  form.elements["opinion-TOTAL_FORMS"].value = 1;
  document.querySelector("[data-restored]").hidden = true;
  document.querySelector("[data-danger]").hidden = true;
}

async function save(event) {
  if (event.submitter?.name === "add") {
    event.preventDefault();
    addOpinion()?.querySelector("textarea").focus();
    return;
  }
  const entries = entriesOf();
  if (!keep(entries)) return; // nothing can be kept here: the browser sends the form as it always did
  event.preventDefault();
  const button = form.querySelector("[data-save]");
  button.disabled = true;
  isSending = true; // what is under way is not sent a second time beside it
  const { what, address, told } = await send(entries, form.action, form.elements.csrfmiddlewaretoken.value);
  isSending = false;
  button.disabled = false;
  if (what === "stored") {
    drop(idOf(entries));
    forget(DRAFT);
    tellNext(told);
    location.assign(address);
  } else if (what === "refused") {
    drop(idOf(entries));
    write(DRAFT, entries);
    form.submit(); // the office answers with the page that says what is wrong
  } else {
    mark(idOf(entries), what === "login" ? "login" : undefined);
    startAfresh();
    showUnsent();
    note.scrollIntoView({ block: "center" });
  }
}

/* The warning comes while the officer still stands at the door. */
async function warnOfDanger(event) {
  if (!event.target.name?.endsWith("-content")) return;
  const body = new URLSearchParams({ content: event.target.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const answer = await fetch(form.dataset.words, { method: "POST", body, redirect: "manual" }).catch(() => null);
  const words = answer?.ok ? (await answer.json()).words : [];
  if (!words.length) return;
  const banner = document.querySelector("[data-danger]");
  banner.querySelector("[data-danger-words]").textContent = words.join("、");
  banner.hidden = false;
  banner.scrollIntoView({ block: "nearest" });
}

if (form) {
  const draft = read(DRAFT, null);
  if (draft && !("filled" in form.dataset)) {
    fill(draft);
    document.querySelector("[data-restored]").hidden = false;
  }
  form.addEventListener("input", () => (hasWords() ? write(DRAFT, entriesOf()) : forget(DRAFT)));
  form.addEventListener("submit", save);
  form.addEventListener("change", warnOfDanger);
  document.querySelector("[data-restored-drop]").addEventListener("click", startAfresh);
}

note.querySelector("[data-unsent-send]").addEventListener("click", sendAll);
note.querySelector("[data-unsent-open]").addEventListener("click", openRefused);
addEventListener("online", sendAll);
setInterval(sendAll, TRY_AGAIN);
showTold();
showUnsent();
sendAll();
