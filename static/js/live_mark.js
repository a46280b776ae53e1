// What a page says of its live connection, in the top bar: [data-live-mark]. A short break is not worth a word.

const PATIENCE_MS = 1_000;
const WORDS = { live: "Live", waiting: "Reconnecting", lost: "Not live" };
const WHY = {
  live: "This page shows what happens as it happens",
  waiting: "The connection broke. What was missed is fetched as soon as it is back",
  lost: "You were signed out, or may not see this any more. Load the page again",
};
let pending = 0;
let shown = "";

function put(state) {
  shown = state;
  for (const mark of document.querySelectorAll("[data-live-mark]")) {
    mark.dataset.state = state;
    mark.textContent = WORDS[state];
    mark.title = WHY[state];
    mark.hidden = false;
  }
}

export function show(state) {
  clearTimeout(pending);
  if (state === shown) {
    return;
  }
  if (state === "waiting") {
    pending = setTimeout(put, PATIENCE_MS, state);
  } else {
    put(state);
  }
}
