// Selected rows. Inside [data-selection]:
//   [data-select]         a row's checkbox; data-verbs="rerun cancel" says which verbs fit the row
//   [data-select-all]     the checkbox in the head
//   [data-bulk-count]     shows how many are selected
//   [data-verb]           a bulk button; data-why says why it is off when it fits none of the selection
//   [data-everything]     a button that selects what the filters match beyond this page: it fills the hidden field
//                         [data-everything-field] with 1 and says so

// The value of the box that was used last: its row may have been swapped for a fresh one since.
let last = null;

const boxes = (place) => [...place.querySelectorAll("[data-select]")];

const fits = (box, verb) => !box.dataset.verbs || box.dataset.verbs.split(" ").includes(verb);

// How many rows are selected; for a verb's button, how many of them it fits.
export function selectedCount(element) {
  const place = element.closest("[data-selection]");
  if (!place) {
    return 0;
  }
  const everything = place.querySelector("[data-everything-field]");
  if (everything?.value) {
    return Number(place.querySelector("[data-everything]").dataset.everything);
  }
  const { verb } = element.dataset;
  return boxes(place).filter((box) => box.checked && (!verb || fits(box, verb))).length;
}

function refresh(place) {
  const all = boxes(place);
  const chosen = all.filter((box) => box.checked);
  const count = selectedCount(place.firstElementChild ?? place);
  const head = place.querySelector("[data-select-all]");
  if (head) {
    head.checked = chosen.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  for (const label of place.querySelectorAll("[data-bulk-count]")) {
    label.textContent = `${count.toLocaleString("en")} selected`;
  }
  for (const button of place.querySelectorAll("[data-verb]")) {
    const isOn = chosen.some((box) => fits(box, button.dataset.verb));
    button.setAttribute("aria-disabled", String(!isOn));
    if (isOn) {
      button.removeAttribute("data-tip");
    } else {
      button.dataset.tip = button.dataset.why ?? "Fits none of the selected rows";
    }
  }
}

function forgetEverything(place) {
  const field = place.querySelector("[data-everything-field]");
  if (field) {
    field.value = "";
  }
}

export function clear(place) {
  forgetEverything(place);
  for (const box of boxes(place)) {
    box.checked = false;
  }
  refresh(place);
}

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-selection]");
  if (!place) {
    return;
  }
  const verb = event.target.closest("[data-verb]");
  if (verb?.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (event.target.closest("[data-everything]")) {
    place.querySelector("[data-everything-field]").value = "1";
    for (const box of boxes(place)) {
      box.checked = true;
    }
    refresh(place);
    return;
  }
  const box = event.target.closest("[data-select]");
  if (box) {
    const all = boxes(place);
    const before = all.findIndex((other) => other.value === last);
    if (event.shiftKey && before >= 0) {
      const [from, to] = [before, all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) {
        between.checked = box.checked;
      }
    }
    last = box.value;
  }
}, true);

document.addEventListener("change", (event) => {
  const place = event.target.closest("[data-selection]");
  if (!place) {
    return;
  }
  forgetEverything(place);
  if (event.target.matches("[data-select-all]")) {
    for (const box of boxes(place)) {
      box.checked = event.target.checked;
    }
  }
  refresh(place);
});

// Shift + click on a label would also select text.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".cb-col-check")) {
    event.preventDefault();
  }
});

function refreshAll() {
  document.querySelectorAll("[data-selection]").forEach(refresh);
}

refreshAll();
document.addEventListener("htmx:afterSettle", refreshAll);
