// Everything works without this file. It moves the focus to an error summary, and leaves quickly
// when Shift is pressed three times, and copies a code.
"use strict";
document.querySelector(".errsum")?.focus();
let presses = 0;
document.addEventListener("keyup", (event) => {
  presses = event.key === "Shift" ? presses + 1 : 0;
  if (presses === 3) {
    window.location.replace(document.querySelector("a.exit").href);
  }
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  });
}
