// Everything works without this file. It empties the tab's storage, moves the focus to an error
// summary, leaves quickly when Shift is pressed three times, copies a code, prints, and lets keys act.
"use strict";
// Nothing of a page stays in the browser: htmx writes down where it was, for a history we do not use.
sessionStorage.clear();
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

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// WCAG 2.1.4: keys act only while nothing has the focus but a line of a worklist, and can be
// switched off in the account.
const lines = [...document.querySelectorAll("[data-worklist] a.code")];
const verbs = { a: "accept", i: "ask", d: "decline" };

function move(step) {
  const at = lines.indexOf(document.activeElement);
  lines[Math.min(Math.max(at + step, 0), lines.length - 1)]?.focus();
}

function act(verb) {
  const found = document.querySelector(`[data-verb="${verb}"]`);
  if (found?.tagName === "FORM") {
    found.requestSubmit();
  } else {
    found?.click();
  }
}

document.addEventListener("keydown", (event) => {
  const free = document.activeElement === document.body || lines.includes(document.activeElement);
  const help = document.body.dataset.keys;
  if (!help || !free || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
    return;
  }
  if (event.key === "j" || event.key === "k") {
    move(event.key === "j" ? 1 : -1);
  } else if (event.key === "?") {
    window.location.assign(help);
  } else if (event.key in verbs) {
    act(verbs[event.key]);
  }
});
