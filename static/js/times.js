// Keeps "4 min ago" true on an open page, and shows exact times in the reader's own zone.
// The rules are those of console/display/times.py.

const EVERY_MS = 30_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NOW_SECONDS = 5;

const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

function day(moment, now) {
  const options = { day: "numeric", month: "short" };
  if (moment.getFullYear() !== now.getFullYear()) {
    options.year = "numeric";
  }
  return new Intl.DateTimeFormat("en-GB", options).format(moment);
}

function distance(seconds) {
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} d`;
}

export function ago(moment, now, short) {
  const seconds = (now - moment) / 1000;
  const far = Math.abs(seconds);
  if (far < NOW_SECONDS) return "just now";
  if (far >= WEEK) return day(moment, now);
  if (seconds < 0) return `in ${distance(far)}`;
  return short ? distance(far) : `${distance(far)} ago`;
}

function refresh(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const words = ago(moment, now, time.dataset.ago === "short");
    if (time.textContent !== words) {
      time.textContent = words;
    }
    time.title = exact.format(moment);
  }
}

refresh(document);
setInterval(() => document.hidden || refresh(document), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
document.addEventListener("htmx:load", (event) => refresh(event.target));
