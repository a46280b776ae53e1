// Single keys, dead in fields and menus, and off where the reader turned them off.

import { clear } from "./selection.js";

const STORE = "callboard.keys";
const GO_MS = 1500;
let goUntil = 0;

const isOn = () => localStorage.getItem(STORE) !== "off";
const isTyping = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .ace_editor");
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
const handle = (row) => row.querySelector(".cb-row-link, summary, a, button");
const rowOf = (element) => element?.closest?.("[data-row]");

function move(step) {
  const all = rows();
  const at = all.indexOf(rowOf(document.activeElement));
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
  if (next) {
    handle(next)?.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

function goTo(key) {
  const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  link?.click();
  return Boolean(link);
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: () => rowOf(document.activeElement)?.querySelector("[data-select]")?.click(),
  "/": () => [...document.querySelectorAll("[data-search]")].findLast((field) => field.checkVisibility())?.focus(),
  "?": () => document.getElementById("keyboard")?.showModal(),
  g: () => {
    goUntil = Date.now() + GO_MS;
  },
};

function escape() {
  const selection = document.querySelector("[data-selection]:has([data-select]:checked)");
  if (selection) {
    clear(selection);
  } else {
    document.activeElement?.blur();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  }
  if (event.key === "Escape") {
    escape();
    return;
  }
  if (!isOn() || isTyping(event.target)) {
    return;
  }
  if (Date.now() < goUntil) {
    goUntil = 0;
    if (goTo(event.key)) {
      event.preventDefault();
      return;
    }
  }
  // A page may name its own key: data-key="1" presses the button.
  const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (own?.checkVisibility()) {
    event.preventDefault();
    own.click();
    return;
  }
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

const toggle = document.querySelector("[data-keys-switch]");
if (toggle) {
  toggle.checked = isOn();
  toggle.addEventListener("change", () => {
    localStorage.setItem(STORE, toggle.checked ? "on" : "off");
  });
}
