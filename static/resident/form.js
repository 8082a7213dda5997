/* The form under a poster's code. It works without this file; this adds comfort and bridges a missing network. */

const KEPT = "portal.kept"; // one unsent form: {action, clientId, at, fields: [[name, value], …]}
const SENT = "portal.sent"; // the id of the form this tab has had an answer to
const TYPED = "portal.typed"; // what stood in the form when this tab left it, for the back button; never sent from here
const KEEP_MS = 7 * 24 * 3600 * 1000;
const PING_MS = 8000;
const SEND_MS = 60_000;
const AGAIN_MS = 15_000; // a kept form is tried again after this pause, then after twice as long, up to AGAIN_MAX_MS
const AGAIN_MAX_MS = 120_000;
const PHOTO_EDGE = 1600;
const PHOTO_BYTES = 400_000;

const find = (selector, root = document) => root.querySelector(selector);
let photosReady = Promise.resolve();

/* Storage may be switched off: then nothing is kept and nothing breaks. */
function stored(store, key, value) {
  try {
    if (value === undefined) return store().getItem(key);
    if (value === null) store().removeItem(key);
    else store().setItem(key, value);
    return true;
  } catch {
    return null;
  }
}
const local = (value) => stored(() => localStorage, KEPT, value);
const typed = (value) => stored(() => sessionStorage, TYPED, value);

function kept() {
  try {
    const record = JSON.parse(local() || "null");
    if (record && Date.now() - record.at < KEEP_MS) return record;
  } catch { /* unreadable: forget it */ }
  local(null);
  return null;
}

const fieldsOf = (form) => [...new FormData(form)].filter(([, value]) => typeof value === "string");

function keep(form) {
  const clientId = form.elements.client_id.value;
  const record = { action: form.action, clientId, at: Date.now(), fields: fieldsOf(form) };
  return local(JSON.stringify(record));
}

async function fetchWithin(milliseconds, address, options) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  try {
    return await fetch(address, { ...options, signal: abort.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function reachable() {
  if (navigator.onLine === false) return false;
  try {
    return (await fetchWithin(PING_MS, "/healthz/", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function busy(form, isBusy) {
  const button = find(".send button", form);
  button.dataset.rest ||= button.textContent;
  button.textContent = isBusy ? button.dataset.busy : button.dataset.rest;
  if (isBusy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  form.dataset.isBusy = isBusy ? "yes" : "";
}

async function submitted(event) {
  const form = event.target;
  if (event.submitter?.name === "show") return;
  event.preventDefault();
  if (form.dataset.isBusy) return;
  busy(form, true);
  delete form.dataset.isForgotten;
  await photosReady;
  await sending;
  if (!form.isConnected) return; // what was kept got its answer meanwhile, and that is what is shown
  const isKept = keep(form);
  if (!isKept || (await reachable())) {
    form.submit();
    return;
  }
  busy(form, false);
  showKept();
  rest(form);
  pause = AGAIN_MS;
  waitAndTryAgain();
}

function showKept(word) {
  const box = find("#kept");
  if (!box) return;
  box.hidden = false;
  find("[data-said]", box).textContent = word ? find("[data-said]", box).dataset[word] : "";
  if (!word) box.scrollIntoView({ block: "center" });
}

let sending = null;
let isLeft = false; // a page that was left may still run: nobody would see its answer, so the next one asks for it
function sendKept() {
  const record = kept();
  if (!record || isLeft || find("form#voice")?.dataset.isBusy) return sending;
  sending ||= sendNow(record).finally(() => { sending = null; });
  return sending;
}

async function sendNow(record) {
  try {
    const body = new URLSearchParams(record.fields);
    const answer = await fetchWithin(SEND_MS, record.action, { method: "POST", body });
    if (isLeft) return;
    if (answer.status >= 429) throw new Error("later");
    local(null);
    await swap(await answer.text());
  } catch {
    showKept("away");
  }
}

function sendWhatWaits() {
  if (!kept()) return;
  showKept("away");
  tryAgain();
}

/* The browser tells when its own network is back, but not when the server is: so a kept form is tried again. */
let again;
let pause = AGAIN_MS;
async function tryAgain() {
  clearTimeout(again);
  if (!kept() || isLeft || document.hidden) return;
  if (!isBeingFilledIn() && (await reachable())) await sendKept();
  waitAndTryAgain();
}

function waitAndTryAgain() {
  clearTimeout(again);
  if (!kept()) return;
  again = setTimeout(tryAgain, pause);
  pause = Math.min(2 * pause, AGAIN_MAX_MS);
}

/* The answer takes the page's place: what somebody has begun to write there since must not go with it. */
let resting = "";
const rest = (form) => { resting = JSON.stringify(fieldsOf(form)); };
function isBeingFilledIn() {
  const form = find("form#voice");
  return Boolean(form) && JSON.stringify(fieldsOf(form)) !== resting;
}

/* The entry in the history becomes that of the form which is shown now: the back button finds it at its own address. */
function sameEntry() {
  const form = find("form#voice");
  if (form) history.replaceState({ formId: form.elements.client_id.value }, "", form.action);
}

/* Show the server's answer in place of this page, with the behaviour that belongs to it. */
async function swap(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  scrollTo(0, 0);
  sameEntry();
  start();
  for (const script of page.querySelectorAll("script[type=module]")) await import(script.getAttribute("src"));
}

function chooseAgain(form) {
  for (const group of form.querySelectorAll("fieldset.ask")) {
    const radios = [...group.querySelectorAll("input[type=radio]")];
    if (!radios.length) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unchoose";
    button.textContent = form.dataset.unchoose;
    button.addEventListener("click", () => {
      for (const radio of radios) radio.checked = false;
      button.hidden = true;
      radios[0].focus();
    });
    const look = () => { button.hidden = !radios.some((radio) => radio.checked); };
    group.append(button);
    group.addEventListener("change", look);
    look();
  }
}

/* Photos are made smaller before they travel: less data for the sender, and phones turn HEIC into JPEG on the way. */
async function smaller(file) {
  if (file.size < PHOTO_BYTES && file.type === "image/jpeg") return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, PHOTO_EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
  } catch {
    return file; // the server says what is wrong with it
  }
}

async function photosChosen(input, note) {
  const files = [...input.files];
  if (!files.length) return;
  note.hidden = false;
  note.textContent = note.dataset.busy;
  const chosen = new DataTransfer();
  for (const file of files.slice(0, 3)) chosen.items.add(await smaller(file));
  input.files = chosen.files;
  note.textContent = files.length > 3 ? note.dataset.many : "";
  note.hidden = files.length <= 3;
}

/* A page with errors holds its words as the server gave them, and browsers bring back only what was typed by hand. */
function holdTyped() {
  const form = find("form#voice");
  if (!form) return;
  const record = { clientId: form.elements.client_id.value, fields: fieldsOf(form) };
  typed(form.dataset.isForgotten ? null : JSON.stringify(record));
}

function typedIn(clientId) {
  try {
    const record = JSON.parse(typed() || "null");
    if (record?.clientId === clientId) return record.fields;
  } catch { /* unreadable: forget it */ }
  typed(null); // another form has begun, perhaps by somebody else on the same phone
  return null;
}

function fill(form, fields) {
  for (const part of form.elements) {
    const given = fields.filter(([name]) => name === part.name).map(([, value]) => value);
    if (part.type === "radio" || part.type === "checkbox") part.checked = given.includes(part.value);
    else if (part.matches("textarea, input:not([type=hidden], [type=file])")) part.value = given[0] ?? "";
  }
}

/* The id stays with its entry in the history: a form that the back button had to load anew is still the same form. */
function sameForm() {
  const form = find("form#voice");
  if (!form) return;
  const id = form.elements.client_id;
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (isBack && history.state?.formId) id.value = history.state.formId;
  else history.replaceState({ formId: id.value }, "");
  const fields = typedIn(id.value);
  if (isBack && fields) fill(form, fields);
}

function forget(form) {
  local(null);
  form.dataset.isForgotten = "yes"; // until it is sent after all
  showKept("forgotten");
}

function showSent(form) {
  const note = find("#sent");
  if (note) note.hidden = stored(() => sessionStorage, SENT) !== form.elements.client_id.value;
}

function start() {
  const form = find("form#voice");
  if (!form) return;
  form.addEventListener("submit", submitted);
  chooseAgain(form);
  const photos = find("input[type=file]", form);
  photos.addEventListener("change", () => { photosReady = photosChosen(photos, find("[data-photos]", form)); });
  const problem = find("#problem");
  const record = kept();
  // The server has answered this very form, with errors that stand on the page: what was typed stands there too.
  if (problem && record?.clientId === form.elements.client_id.value) local(null);
  problem?.focus();
  find("#kept [data-send]").addEventListener("click", sendKept);
  find("#kept [data-forget]").addEventListener("click", () => forget(form));
  showSent(form);
  rest(form);
}

sameForm();
start();
sendWhatWaits();
addEventListener("online", tryAgain);
document.addEventListener("visibilitychange", tryAgain);
addEventListener("pagehide", () => { isLeft = true; holdTyped(); });
addEventListener("pageshow", (event) => {
  isLeft = false;
  const form = find("form#voice");
  if (!event.persisted || !form) return;
  busy(form, false);
  showSent(form);
  sendWhatWaits();
});
