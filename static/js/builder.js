// The Pipeline Builder's rows. Its buttons are the server's work; here are only the keys, and what is folded open.
//   data-field          a row; Alt and the arrow keys press its data-move="up" or "down"
//   data-field-open     the hidden field that tells the server whether the row is open

document.addEventListener("keydown", (event) => {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) {
    return;
  }
  const row = event.target.closest?.("[data-field]");
  if (!row) {
    return;
  }
  event.preventDefault();
  const button = row.querySelector(`[data-move="${event.key === "ArrowUp" ? "up" : "down"}"]`);
  if (button.getAttribute("aria-disabled") !== "true") {
    button.click();
  }
});

// Where focus goes after a button: to what was added, else back to the folded row that was moved, else, where what had
// it is gone, to the head of the fields.
let next = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "builder") {
    return;
  }
  const [act, uid] = (event.detail.requestConfig.elt.value || "").split(":");
  const row = document.activeElement?.closest("[data-field]");
  if (act === "add") {
    next = "[data-field]:last-child input[id]";
  } else if (act === "add-criterion") {
    next = `#f${uid}-criteria .cb-builder-criterion:last-child select`;
  } else {
    next = row && document.activeElement.matches("summary") ? `#${row.id} summary` : "";
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "builder") {
    return;
  }
  if (next) {
    document.querySelector(next)?.focus();
  } else if (document.activeElement === document.body) {
    document.querySelector("#fields")?.focus({ preventScroll: true });
  }
  next = "";
});

// Capture: the event does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    const row = event.target.closest?.("[data-field]");
    if (row && event.target.parentElement === row) {
      row.querySelector("[data-field-open]").value = event.target.open ? "1" : "0";
    }
  },
  true,
);

// Buttons that can't do anything now say why and do nothing.
document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest("#builder [aria-disabled=true]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);
