/* The page with the receipt: copy, print, and forget the copy of the form that was kept on this device. */

const sent = document.querySelector("[data-sent]")?.dataset.sent;
try {
  if (sent) {
    const kept = JSON.parse(localStorage.getItem("portal.kept") || "null");
    if (kept?.clientId === sent) localStorage.removeItem("portal.kept");
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
