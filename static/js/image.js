// The card of an agent's image, [data-image], kept true while the page is open: lines of the build's log are appended as
// they come, and whenever the image has moved on the card is asked for anew.

import { inTurn } from "./in_turn.js";
import { keepOpen } from "./socket.js";
import { show } from "./live_mark.js";

const MOST_LINES = 3_000;
const STEERING = new RegExp("\\u001b\\[[0-9;?]*[A-Za-z]", "g");
const card = () => document.querySelector("[data-image]");

// What a terminal would leave of a line: what was written over is gone, and so are colours.
function plain(text) {
  return text.replace(/\r+$/, "").split("\r").pop().replace(STEERING, "");
}

function append(lines) {
  const log = card()?.querySelector("[data-image-log]");
  if (!log) {
    return;
  }
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const { text } of lines) {
    log.append(`${plain(text)}\n`);
  }
  while (log.childNodes.length > MOST_LINES) {
    log.firstChild.remove();
  }
  if (follows) {
    log.scrollTop = log.scrollHeight;
  }
}

function toTheEnd() {
  const log = card()?.querySelector("[data-image-log]");
  if (log) {
    log.scrollTop = log.scrollHeight;
  }
}

const cardAgain = inTurn(async () => {
  const old = card();
  await window.htmx.ajax("GET", old.dataset.imageUrl, { target: old, swap: "outerHTML" }).catch(() => {});
  toTheEnd();
});

// Returns false where lines are missing that came while the card was asked for: then they are sent again.
function take(known, { build, first, last, lines }) {
  const line = Number(known.imageLine);
  if (Number(known.imageBuild) !== build || last <= line) {
    return true;
  }
  if (first > line + 1) {
    return false;
  }
  known.imageLine = last;
  append(lines.slice(line + 1 - first));
  return true;
}

function hear(message) {
  const shown = card();
  if (!shown) {
    return true;
  }
  if (message.type === "log") {
    return cardAgain.isUnderWay() || take(shown.dataset, message);
  }
  if (message.type === "image") {
    const step = shown.querySelector("[data-image-step]");
    if (`${message.state} ${message.build}` !== shown.dataset.imageState) {
      cardAgain.ask();
    } else if (step && message.step) {
      step.textContent = `Step ${message.step} of ${message.steps}`;
    }
  }
  return true;
}

if (card()?.dataset.image) {
  toTheEnd();
  keepOpen({
    url() {
      const { image, imageBuild, imageLine } = card()?.dataset ?? {};
      return new URL(`/ws/images/${image}?build=${imageBuild}&after=${imageLine}`, location.href).href;
    },
    show,
    hear,
  });
}
