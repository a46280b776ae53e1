// Menus are <details>: they open by themselves. This closes them when one looks elsewhere, and adds the arrow keys.

const open = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) {
    const isChoice = event.target.closest(".cb-menu-item") && menu.contains(event.target);
    if (isChoice || !menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) {
    menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu]");
  if (!menu) {
    return;
  }
  if (event.key === "Escape" && menu.open) {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (event.target.matches("input")) {
      return; // radios use the arrows themselves
    }
    event.preventDefault();
    menu.open = true;
    const items = [...menu.querySelectorAll(".cb-menu-item")].filter((item) => item.checkVisibility());
    const step = event.key === "ArrowDown" ? 1 : -1;
    const from = items.indexOf(event.target);
    items.at((from + step + items.length) % items.length)?.focus();
  }
});
