// Everything works without this file. It moves the focus to an error summary, and leaves quickly
// when Shift is pressed three times.
"use strict";
document.querySelector(".errsum")?.focus();
let presses = 0;
document.addEventListener("keyup", (event) => {
  presses = event.key === "Shift" ? presses + 1 : 0;
  if (presses === 3) {
    window.location.replace(document.querySelector("a.exit").href);
  }
});
