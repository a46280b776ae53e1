// What slides in on a small screen: the sidebar from the left, a sheet from below. data-drawer="id" opens it,
// data-drawer-close inside or behind it closes it. Without a script, links to #id and away from it do the same.

let opened = null;

function close() {
  if (!opened) {
    return;
  }
  const { drawer, opener } = opened;
  opened = null;
  drawer.removeAttribute("data-open");
  opener.setAttribute("aria-expanded", "false");
  document.querySelectorAll("[data-drawer-inert]").forEach((part) => {
    part.inert = false;
    part.removeAttribute("data-drawer-inert");
  });
  opener.focus();
}

function open(drawer, opener) {
  opened = { drawer, opener };
  drawer.setAttribute("data-open", "");
  opener.setAttribute("aria-expanded", "true");
  // Only the sidebar covers all else; under a sheet the page stays in reach.
  const page = document.querySelector(".cb-body");
  if (page && !page.contains(drawer)) {
    page.inert = true;
    page.setAttribute("data-drawer-inert", "");
  }
  drawer.querySelector("a, button, input, summary")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-drawer]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.drawer), opener);
  } else if (event.target.closest("[data-drawer-close]")) {
    event.preventDefault();
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && opened) {
    event.preventDefault();
    close();
  }
});

// A drawer left open would keep the page inert once the window is wide again.
matchMedia("(width >= 700px)").addEventListener("change", close);
