// Files that were chosen before the scripts were there to hear of it. A page that somebody comes back to shows the files
// it had, and those have been taken.

export function takesEarlier(fields, take) {
  if (performance.getEntriesByType("navigation")[0]?.type !== "navigate") {
    return;
  }
  for (const field of document.querySelectorAll(fields)) {
    if (field.files.length) {
      take(field);
    }
  }
}
