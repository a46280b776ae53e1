// Runs before the first paint, so that no page flashes in the wrong theme. A pinned theme is already on <html>.
(function () {
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  if (root.hasAttribute("data-bs-theme")) {
    return;
  }
  root.setAttribute("data-follows-system", "");
  root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
})();
