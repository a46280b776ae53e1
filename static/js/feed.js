// Tells the lists of a page which runs of the project have moved on: the event cb:runs-changed at the document, with
// the public ids of pipeline runs, or null for "many"; and the bell how many notifications are not read: the event
// cb:notifications. The socket is opened once a page has such a list, [data-live-rows] or [data-live-feed], or a bell.

import { keepOpen } from "./socket.js";
import { show } from "./live_mark.js";

const LISTS = "[data-live-rows], [data-live-feed]";
let isOpen = false;

// What a page says of its connection is about its list, or about the run that it shows: the bell alone says nothing.
function showForLists(state) {
  if (document.querySelector(LISTS)) {
    show(state);
  }
}

function tell(runs) {
  document.dispatchEvent(new CustomEvent("cb:runs-changed", { detail: { runs } }));
}

function begin(part) {
  if (isOpen || !part.querySelector(`${LISTS}, [data-bell]`)) {
    return;
  }
  isOpen = true;
  keepOpen({
    url: () => new URL("/ws/feed", location.href).href,
    show: showForLists,
    hear(message) {
      if (message.type === "ready") {
        // Whatever happened while nobody listened, be it before the first connection or in a break.
        tell(null);
      } else if (message.type === "runs") {
        tell(message.runs);
      } else if (message.type === "notifications") {
        document.dispatchEvent(new CustomEvent("cb:notifications", { detail: { unread: message.unread } }));
      }
      return true;
    },
  });
}

document.addEventListener("htmx:afterSettle", (event) => begin(event.target));
begin(document);
