// The stages editor: rows that are dragged by their grip. The order of the rows is the order of the form; where one is
// dropped, the server is asked to show the form anew, so that numbers and the picture follow. Keys and buttons do the
// same without dragging: builder.js.
//   [data-grip]     what a row ([data-field]) is dragged by
//   [data-settle]   the button that shows the form anew

let dragged = null;

const rowOf = (target) => target.closest?.("[data-field]");

document.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.("[data-grip]")) {
    return;
  }
  dragged = rowOf(event.target);
  dragged.classList.add("cb-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.field);
  event.dataTransfer.setDragImage(dragged, 12, 16);
});

document.addEventListener("dragover", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row || row.parentElement !== dragged.parentElement) {
    return;
  }
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  if (row !== dragged) {
    row.parentElement.insertBefore(dragged, event.clientY < top + height / 2 ? row : row.nextElementSibling);
  }
});

document.addEventListener("drop", (event) => {
  if (dragged) {
    event.preventDefault();
  }
});

document.addEventListener("dragend", () => {
  if (dragged) {
    dragged.classList.remove("cb-dragged");
    dragged.closest("form").querySelector("[data-settle]").click();
    dragged = null;
  }
});
