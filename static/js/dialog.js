// Dialogs. data-dialog="id" opens one, data-close closes it, and data-confirm asks before a form is sent:
//   data-confirm="Cancel {count} runs?"   the question; {count} becomes the number of selected rows
//   data-confirm-one="Cancel this run?"   the question for a single one
//   data-confirm-text="Their sandboxes end now; finished steps are kept."   what will be lost
//   data-confirm-verb="Cancel runs"       the button
//   data-confirm-calm                     nothing is lost: the button is not red

import { selectedCount } from "./selection.js";

const ask = document.getElementById("ask");
const granted = new WeakSet();

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  // A click on the backdrop has the dialog itself as its target.
  if (dialog && (event.target.closest("[data-close]") || event.target === dialog)) {
    dialog.close();
  }
});

const sends = (element) => element.matches("form, form [type=submit], form button:not([type])");

function question(asking) {
  const count = selectedCount(asking);
  const words = (count === 1 && asking.dataset.confirmOne) || asking.dataset.confirm;
  return words.replace("{count}", count.toLocaleString("en"));
}

function put(asking) {
  ask.querySelector("h2").textContent = question(asking);
  ask.querySelector("[data-ask-text]").textContent = asking.dataset.confirmText ?? "";
  const go = ask.querySelector("[data-ask-go]");
  const isCalm = "confirmCalm" in asking.dataset;
  go.textContent = asking.dataset.confirmVerb ?? "Go on";
  go.classList.toggle("cb-danger", !isCalm);
  go.classList.toggle("btn-primary", isCalm);
  ask.querySelector("[data-close]").textContent = isCalm ? "Not now" : "Keep";
  go.onclick = () => {
    ask.close();
    granted.add(asking);
    if (asking.matches("form")) {
      asking.requestSubmit();
    } else if (sends(asking)) {
      asking.form.requestSubmit(asking);
    } else {
      asking.click();
    }
  };
  ask.showModal();
}

// Capture, so that neither the browser nor htmx acts before the answer.
document.addEventListener(
  "submit",
  (event) => {
    const asking = [event.submitter, event.target].find((element) => element?.hasAttribute("data-confirm"));
    if (!asking || granted.delete(asking)) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    put(asking);
  },
  true,
);

document.addEventListener(
  "click",
  (event) => {
    const asking = event.target.closest("[data-confirm]");
    if (!asking || sends(asking) || granted.delete(asking)) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    put(asking);
  },
  true,
);
