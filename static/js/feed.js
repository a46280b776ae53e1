// Tells the lists of a page which runs of the project have moved on: the event cb:runs-changed at the document, with
// the public ids of pipeline runs, or null for "many". The socket is opened once a page has such a list:
// [data-live-rows] or [data-live-feed].

import { keepOpen } from "./socket.js";
import { show } from "./live_mark.js";

let isOpen = false;

function tell(runs) {
  document.dispatchEvent(new CustomEvent("cb:runs-changed", { detail: { runs } }));
}

function begin(part) {
  if (isOpen || !part.querySelector("[data-live-rows], [data-live-feed]")) {
    return;
  }
  isOpen = true;
  keepOpen({
    url: () => new URL("/ws/feed", location.href).href,
    show,
    hear(message) {
      if (message.type === "ready") {
        // Whatever happened while nobody listened, be it before the first connection or in a break.
        tell(null);
      } else if (message.type === "runs") {
        tell(message.runs);
      }
      return true;
    },
  });
}

document.addEventListener("htmx:afterSettle", (event) => begin(event.target));
begin(document);
