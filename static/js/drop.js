// Files that are dropped on a place of a page, which shows data-over while they are held over it.

// `placeOf` returns the place of an event or nothing, and `take` gets that place and the files.
export function takesFiles(placeOf, take) {
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      const place = placeOf(event);
      if (place && event.dataTransfer.types.includes("Files")) {
        event.preventDefault();
        place.setAttribute("data-over", "");
      }
    });
  }
  document.addEventListener("dragleave", (event) => {
    const place = placeOf(event);
    if (place && !place.contains(event.relatedTarget)) {
      place.removeAttribute("data-over");
    }
  });
  document.addEventListener("drop", (event) => {
    const place = placeOf(event);
    if (place && event.dataTransfer.files.length) {
      event.preventDefault();
      place.removeAttribute("data-over");
      take(place, event.dataTransfer.files);
    }
  });
}
