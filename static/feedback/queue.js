/* The queue by keyboard. Every page works without this file. */

const list = document.querySelector("[data-queue-list]");
const detail = document.querySelector("[data-queue-detail]");
const help = document.querySelector("[data-keys-help]");

function isTyping(target) {
  return target.matches?.("select, textarea, [contenteditable], input:not([type=radio], [type=checkbox])") ?? false;
}

/* The list: one row at a time is the current one. */

const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;

function go(step) {
  if (!rows.length) return;
  rows[current]?.classList.remove("is-current");
  current = Math.min(rows.length - 1, Math.max(0, current + step));
  rows[current].classList.add("is-current");
  rows[current].querySelector(".row-link").focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
}

function tick() {
  const box = rows[current]?.querySelector("[name=chosen], [name=feedback]");
  if (box) box.checked = !box.checked;
}

function watchTicks() {
  const all = list?.querySelector("[data-tick-all]");
  if (!all) return;
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of list.querySelectorAll("[name=chosen]")) box.checked = all.checked;
  });
  list.addEventListener("focusin", (event) => {
    const at = rows.indexOf(event.target.closest("[data-row]"));
    if (at < 0 || at === current) return;
    rows[current]?.classList.remove("is-current");
    current = at;
    rows[current].classList.add("is-current");
  });
}

const listKeys = {
  j: () => go(1),
  k: () => go(-1),
  x: tick,
  c: () => list?.querySelector(":is([name=chosen], [name=feedback]):checked") && list.requestSubmit(),
};

/* One voice: choose, decide, go on. */

function panel(state) {
  return document.querySelector(`#decide-${state}`);
}

function open(state) {
  const details = panel(state);
  if (!details) return null;
  details.open = true;
  details.scrollIntoView({ block: "nearest" });
  return details;
}

function openAt(state) {
  open(state)?.querySelector("input:checked, input[type=radio], input:not([type=hidden]), textarea")?.focus();
}

function confirmNow() {
  const details = panel("confirmed");
  if (!details) return;
  const wasOpen = details.open;
  open("confirmed");
  if (wasOpen) details.querySelector("form").requestSubmit();
}

function choose(selector) {
  const choice = open("confirmed")?.querySelector(selector);
  if (!choice) return;
  choice.checked = true;
  choice.focus({ preventScroll: true });
  choice.dispatchEvent(new Event("change", { bubbles: true }));
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

const detailKeys = {
  j: () => follow("[rel=next]"),
  k: () => follow("[rel=prev]"),
  u: () => follow("[data-up]"),
  c: confirmNow,
  i: () => openAt("invalid"),
  d: () => openAt("duplicate"),
  o: () => openAt("out_of_scope"),
  n: () => choose("[name=about][value=none]"),
  s: () => choose("[name=about][value=station]"),
};

function showHelp() {
  if (!help) return;
  help.open = !help.open;
  help.querySelector("summary").focus();
  help.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key === "c" || isTyping(event.target)) return;
  if (event.key === "Enter" && ["chosen", "feedback"].includes(event.target.name)) {
    // Enter opens the row; it must not send the form by way of its tick.
    event.preventDefault();
    event.target.closest("[data-row]").querySelector(".row-link").click();
    return;
  }
  const keys = detail ? detailKeys : listKeys;
  const act = event.key === "?" ? showHelp : keys[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (detail && /^[1-9]$/.test(event.key)) {
    event.preventDefault();
    choose(`[data-digit="${event.key}"]`);
  }
});

/* A complaint must not keep an answer that was assumed for something else. */
for (const form of document.querySelectorAll("#decide-confirmed form")) {
  let assumed = !form.closest("[data-decided]");
  form.addEventListener("change", (event) => {
    if (event.target.name === "about") assumed = false;
    const complains = form.elements.kind.value === "complaint";
    const none = form.querySelector("[name=about][value=none]");
    if (assumed && event.target.name === "kind" && complains && none.checked) none.checked = false;
  });
}

/* A form is sent once, however often the key is hit. */
for (const form of document.querySelectorAll(".decision form, [data-queue-list]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

/* The tab says when an emergency waits. */
const title = document.title;
function tellTitle() {
  const unseen = Number(document.querySelector("#alerts")?.dataset.unseen ?? 0);
  document.title = unseen ? `(${unseen}) ${title}` : title;
}
document.addEventListener("htmx:afterSettle", tellTitle);
tellTitle();
watchTicks();
