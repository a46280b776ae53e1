// data-copy="text", or data-copy-from="#element" for its text: copies it and says so.

const SAID_MS = 1200;

async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on another machine: no clipboard API there.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "cb-hidden-text";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function say(button, word) {
  button.querySelector(".cb-said")?.remove();
  const said = document.createElement("span");
  said.className = "cb-said";
  said.setAttribute("role", "status");
  said.textContent = word;
  button.append(said);
  setTimeout(() => said.remove(), SAID_MS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) {
    return;
  }
  event.preventDefault();
  const from = button.dataset.copyFrom;
  try {
    await copy(from ? document.querySelector(from).textContent : button.dataset.copy);
    say(button, "Copied");
  } catch {
    say(button, "Not copied");
  }
});
