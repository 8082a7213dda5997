/* The page with the receipt: copy, print, and forget the copies of the form that were kept on this device. */

const sent = document.querySelector("[data-sent]")?.dataset.sent;
try {
  if (sent) {
    for (const [store, name] of [[localStorage, "portal.kept"], [sessionStorage, "portal.typed"]]) {
      if (JSON.parse(store.getItem(name) || "null")?.clientId === sent) store.removeItem(name);
    }
    sessionStorage.setItem("portal.sent", sent);
  }
} catch { /* storage is switched off: nothing was kept */ }

const copy = document.querySelector("[data-copy]");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.textContent = copy.dataset.done;
    } catch {
      getSelection().selectAllChildren(document.querySelector("#digits"));
    }
  });
}

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
