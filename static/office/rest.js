/* A screen left alone goes to the login page when the session ends; work at the screen keeps the session. */

const CHECK_EVERY = 20_000;
const TELL_EVERY = 300_000;

export function watchRest() {
  const { idleSeconds, login, awake } = document.body.dataset;
  if (!idleSeconds) return;
  let acted = Date.now();
  let told = Date.now();
  for (const kind of ["keydown", "pointerdown", "input", "scroll"]) {
    document.addEventListener(kind, () => { acted = Date.now(); }, { passive: true, capture: true });
  }
  const leave = () => {
    clearInterval(timer);
    // The login page sends straight back when another tab has kept the session alive.
    const here = encodeURIComponent(location.pathname + location.search);
    location.replace(`${login}?rest=1&next=${here}`);
  };
  const look = async () => {
    const now = Date.now();
    if (now - acted >= Number(idleSeconds) * 1000) return leave();
    if (acted <= told || now - told < TELL_EVERY) return;
    told = now;
    const answer = await fetch(awake, { cache: "no-store", redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") leave();
  };
  const timer = setInterval(look, CHECK_EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}
