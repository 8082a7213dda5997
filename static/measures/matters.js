/* Matters by keyboard. Every page works without this file. */

import { isTyping } from "../office/page.js";

const help = document.querySelector("[data-keys-help]");
const rows = [...document.querySelectorAll("[data-matter-list] [data-row]")];
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
  const box = rows[current]?.querySelector("[name=feedback]");
  if (box) box.checked = !box.checked;
}

/* A move's key opens its form and goes to the first field; the form is sent by its button alone. */
function openAct(key) {
  const act = document.querySelector(`.act[data-key="${CSS.escape(key)}"]`);
  if (!act) return false;
  act.open = true;
  act.scrollIntoView({ block: "nearest" });
  act.querySelector("form :is(textarea, input:not([type=hidden], [type=file]), button)")?.focus();
  return true;
}

function showHelp() {
  if (!help) return;
  help.open = !help.open;
  help.querySelector("summary").focus();
  help.scrollIntoView({ block: "nearest" });
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  x: tick,
  u: () => document.querySelector("[data-up]")?.click(),
  e: () => document.querySelector("#form-evidence input[type=file]")?.focus(),
  "?": showHelp,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const target = event.target;
  if (isTyping(target) && !target.matches("[type=checkbox], [type=radio]")) return;
  if (openAct(event.key)) event.preventDefault();
  else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

/* A form is sent once, however often its button is hit. */
for (const form of document.querySelectorAll("main form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});
