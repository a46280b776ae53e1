// data-upload="most bytes" on a form with one file field: takes a file that is dropped on it, and sends itself as soon as
// a file is there. One that is too large is refused before it travels.

import { takesFiles } from "./drop.js";
import { takesEarlier } from "./early.js";
import { size } from "./sizes.js";

function take(form) {
  const file = form.querySelector("[type=file]").files[0];
  if (!file) {
    return;
  }
  const most = Number(form.dataset.upload);
  const problem = form.querySelector("[data-upload-problem]");
  problem.hidden = file.size <= most;
  if (file.size > most) {
    problem.querySelector("span").textContent = `${file.name} has ${size(file.size)}, and ${size(most)} is the most. Split it into several.`;
    form.querySelector("[type=file]").value = "";
    return;
  }
  form.querySelector("[data-upload-words]").textContent = `Checking ${file.name}`;
  form.querySelector("[data-upload-hint]").textContent = size(file.size);
  form.requestSubmit();
}

const place = (event) => event.target.closest?.("[data-upload]");

document.addEventListener("change", (event) => {
  if (place(event) && event.target.matches("[type=file]")) {
    take(place(event));
  }
});

takesFiles(place, (form, files) => {
  form.querySelector("[type=file]").files = files;
  take(form);
});

takesEarlier("[data-upload] [type=file]", (field) => take(field.form));
