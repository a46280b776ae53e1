// Says on an open page that a part of Callboard is away: [data-degraded] is shown with the words of /healthz in
// [data-degraded-words]. It asks without cookies, so that an open page does not keep a session alive, and speaks only
// of what it finds twice in a row: a process that is started again is not worth a word.

const EVERY_MS = 15_000;
const KEPT = "What was started is kept and goes on when it is back.";
const mark = document.querySelector("[data-degraded]");
let before = "";

async function trouble() {
  try {
    const answer = await fetch("/healthz", { credentials: "omit", cache: "no-store" });
    const { missing = {} } = await answer.json();
    return Object.values(missing).join(" ");
  } catch {
    return "Callboard does not answer.";
  }
}

async function look() {
  if (document.hidden) {
    return;
  }
  const found = await trouble();
  mark.hidden = !found || !before;
  mark.querySelector("[data-degraded-words]").textContent = found && before ? `${found} ${KEPT}` : "";
  before = found;
}

if (mark) {
  setInterval(look, EVERY_MS);
}
