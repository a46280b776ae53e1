// The theme: follows the system until the user menu pins one, which a cookie remembers so that the server knows too.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const YEAR = 365 * 24 * 3600;

function followSystem() {
  if (root.hasAttribute("data-follows-system")) {
    root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  }
}

function choose(theme) {
  document.cookie = `callboard-theme=${theme}; path=/; max-age=${theme ? YEAR : 0}; samesite=lax`;
  root.toggleAttribute("data-follows-system", !theme);
  if (theme) {
    root.setAttribute("data-bs-theme", theme);
  } else {
    followSystem();
  }
}

dark.addEventListener("change", followSystem);

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-theme-choice]")) {
    choose(event.target.value);
  }
});
