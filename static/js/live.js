// The page of one run, kept true while it is open. [data-live-run="id"] names the run and data-live-seq its last event
// that the page already shows. Log lines come ready to be appended; of anything else the socket only says that it
// happened, and the page asks for its own parts: [data-live-part] with an id, put in place if data-state has changed.

import { inTurn } from "./in_turn.js";
import { keepOpen } from "./socket.js";
import { show } from "./live_mark.js";
import { toast } from "./toasts.js";

const EVERY_MS = 500;
const CONFIRM_CHARACTERS = 256 * 1024;
const page = document.querySelector("[data-live-run]");

function watch(run, first) {
  let seq = first;
  let unconfirmed = 0;
  const socket = keepOpen({
    url: () => new URL(`/ws/runs/${run}?after=${seq}&html=1`, location.href).href,
    show,
    hear(message, text) {
      if (message.type !== "events" || message.to <= seq) {
        return true;
      }
      if (message.from > seq + 1) {
        return false;
      }
      seq = message.to;
      take(message, run);
      unconfirmed += text.length;
      if (unconfirmed > CONFIRM_CHARACTERS) {
        unconfirmed = 0;
        socket.send({ ack: seq });
      }
      return true;
    },
  });
}

function take(message, run) {
  const lines = message.log?.[run];
  if (lines && document.getElementById("log-lines")) {
    window.htmx.swap(document.body, lines, { swapStyle: "none" });
  }
  for (const event of message.events) {
    if (event.kind === "agent.regrade" && event.data.state === "given_up" && event.data.agent_run === run) {
      toast(`It was not graded again: ${event.data.reason}`, "failed");
    }
  }
  if (message.events.some((event) => event.kind !== "agent.log")) {
    parts.ask();
  }
}

// Asks for the page's parts: at once, then no sooner than the last answer and a little time.
const parts = inTurn(async () => {
  const here = location.pathname + location.search;
  await window.htmx.ajax("GET", here, { source: page, swap: "none" }).catch(() => {});
  await new Promise((done) => setTimeout(done, EVERY_MS));
});

// A part that says the same stays as it is, with whatever the reader opened in it.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const old = event.detail.target;
  const fresh = event.detail.fragment.firstElementChild;
  if (!old.matches("[data-live-part]")) {
    return;
  }
  if (old.dataset.state === fresh?.dataset.state) {
    event.detail.shouldSwap = false;
    return;
  }
  // All lines of a log at once: htmx would take leave of each by itself.
  old.querySelector("#log-lines")?.replaceChildren();
});

if (page) {
  watch(page.dataset.liveRun, Number(page.dataset.liveSeq));
}
