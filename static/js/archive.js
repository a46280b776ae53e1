// data-archive="where archives are announced" on a part of a form: sends a ZIP archive straight to where it is kept, with a
// bar that shows how far it has come, has it confirmed, and puts its id into the form. Until then the form can't be sent.
// What breaks off goes on from the step that broke: the same link takes the bytes again until it expires.

import { takesFiles } from "./drop.js";
import { takesEarlier } from "./early.js";
import { size } from "./sizes.js";

const uploads = new WeakMap();
const within = (part, name) => part.querySelector(`[data-archive-${name}]`);
const place = (event) => event.target.closest?.("[data-archive]");

class Broken extends Error {
  constructor(message, isWorthTrying) {
    super(message);
    this.isWorthTrying = isWorthTrying;
  }
}

// Asking ------------------------------------------------------------------------------------------------------------

function lost(error) {
  return error.name === "AbortError" ? error : new Broken("The connection broke.", true);
}

async function ask(upload, address, body) {
  const key = upload.part.closest("form").elements.csrfmiddlewaretoken.value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": key };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers, body: sent, signal: upload.stop.signal });
  } catch (error) {
    throw lost(error);
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Broken(told.error?.message ?? `The server answered ${answer.status}.`, answer.status >= 500);
  }
  return told;
}

function send(upload) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", upload.link.upload_url);
    request.upload.addEventListener("progress", (event) => show(upload, event.loaded));
    request.addEventListener("load", () => answered(upload, request, resolve, reject));
    request.addEventListener("error", () => reject(new Broken("The connection broke while the file was sent.", true)));
    upload.stop.signal.addEventListener("abort", () => {
      request.abort();
      reject(new DOMException("", "AbortError"));
    });
    request.send(upload.file);
  });
}

function answered(upload, request, resolve, reject) {
  const code = parsed(request.responseText).error?.code;
  if (request.status < 300 || code === "upload_link_used") {
    resolve(); // a link that has been used: the bytes are there, and only the answer was lost
    return;
  }
  if (request.status === 403) {
    upload.link = null; // its time is over
  }
  const message = parsed(request.responseText).error?.message ?? `The storage answered ${request.status}.`;
  reject(new Broken(message, true));
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// Going on ----------------------------------------------------------------------------------------------------------

async function carryOn(upload) {
  const base = upload.part.dataset.archive;
  if (!upload.link || (!upload.isSent && Date.now() >= Date.parse(upload.link.expires_at))) {
    upload.link = await ask(upload, base, { filename: upload.file.name, size: upload.file.size });
    upload.isSent = false;
  }
  if (!upload.isSent) {
    await send(upload);
    upload.isSent = true;
  }
  say(upload, `${upload.file.name} is uploaded and being checked`);
  await ask(upload, `${base}/${upload.link.id}/confirm`);
  await settle(upload);
}

async function run(upload) {
  const { part } = upload;
  uploads.set(part, upload);
  upload.stop = new AbortController();
  within(part, "broken").hidden = true;
  within(part, "place").hidden = true;
  within(part, "way").hidden = false;
  show(upload, 0);
  hold(part);
  try {
    await carryOn(upload);
  } catch (error) {
    if (error.name !== "AbortError") {
      fail(upload, error);
    }
  }
}

async function settle(upload) {
  const { part, link } = upload;
  const input = part.closest("form").elements.archive_id;
  const answer = await fetch(part.dataset.archiveFacts.replace("ARCHIVE", link.id));
  within(part, "kept").innerHTML = answer.ok ? await answer.text() : "";
  input.value = link.id;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  end(part);
}

function fail(upload, error) {
  const { part } = upload;
  within(part, "way").hidden = true;
  within(part, "broken").hidden = false;
  within(part, "problem").textContent = `${upload.file.name}: ${error.message ?? error}`;
  within(part, "again").hidden = !error.isWorthTrying;
  if (!error.isWorthTrying) {
    within(part, "place").hidden = false;
  }
}

function end(part) {
  uploads.delete(part);
  within(part, "file").value = "";
  within(part, "way").hidden = true;
  within(part, "broken").hidden = true;
  within(part, "place").hidden = false;
  hold(part);
}

// Showing -----------------------------------------------------------------------------------------------------------

function say(upload, words) {
  within(upload.part, "words").textContent = words;
}

function show(upload, loaded) {
  const whole = upload.file.size;
  const bar = upload.part.querySelector("progress");
  bar.value = whole ? Math.min(100, (100 * loaded) / whole) : 0;
  say(upload, `Uploading ${upload.file.name}: ${size(Math.min(loaded, whole))} of ${size(whole)}`);
}

// A form whose code is an archive can't be sent while there is none, or while another is under way.
function hold(part) {
  const form = part.closest("form");
  const { source, runtime, archive_id: archive } = form.elements;
  const isChosen = source.value === "zip" && runtime.value !== "prompt";
  const isHeld = isChosen && (uploads.has(part) || !archive.value);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.disabled = isHeld;
  }
  within(part, "hold").hidden = !isHeld;
}

function take(part, file) {
  const most = Number(part.dataset.archiveMost);
  uploads.get(part)?.stop.abort();
  const upload = { part, file, link: null, isSent: false, stop: new AbortController() };
  uploads.set(part, upload);
  hold(part);
  if (!file.name.toLowerCase().endsWith(".zip")) {
    fail(upload, new Broken("Only ZIP archives can be uploaded.", false));
  } else if (file.size > most) {
    fail(upload, new Broken(`It has ${size(file.size)}, and ${size(most)} is the most.`, false));
  } else {
    run(upload);
  }
}

// Hearing -----------------------------------------------------------------------------------------------------------

document.querySelectorAll("[data-archive]").forEach(hold);

document.addEventListener("change", (event) => {
  const part = place(event);
  if (part && event.target.matches("[data-archive-file]") && event.target.files[0]) {
    take(part, event.target.files[0]);
  } else if (event.target.matches?.("[name=source], [name=runtime]")) {
    event.target.form?.querySelectorAll("[data-archive]").forEach(hold);
  }
});

document.addEventListener("click", (event) => {
  const part = place(event);
  const upload = part && uploads.get(part);
  if (!upload) {
    return;
  }
  if (event.target.closest("[data-archive-again]")) {
    run(upload);
  } else if (event.target.closest("[data-archive-cancel], [data-archive-drop]")) {
    upload.stop.abort();
    end(part);
  }
});

// There is nowhere to put a file for those who may not upload.
takesFiles(
  (event) => place(event)?.querySelector("[data-archive-file]") && place(event),
  (part, files) => take(part, files[0]),
);

takesEarlier("[data-archive-file]", (field) => take(field.closest("[data-archive]"), field.files[0]));
