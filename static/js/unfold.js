// data-unfold shows the lines that a difference has folded away.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unfold]");
  if (!button) {
    return;
  }
  const fold = button.closest("tbody");
  fold.nextElementSibling.hidden = false;
  fold.remove();
});
