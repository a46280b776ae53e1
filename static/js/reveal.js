// data-reveal="id" shows what is typed into a password field, and hides it again.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
});
