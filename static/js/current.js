// Strips that scroll sideways on a phone begin where one is.

for (const here of document.querySelectorAll(".cb-settings-nav [aria-current], .cb-tabs [aria-current]")) {
  const strip = here.closest(".cb-settings-nav, .cb-tabs");
  strip.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - strip.clientWidth / 2;
}
