// What htmx does not do by itself: no line twice, the focus where one goes on reading, Enter sends.
"use strict";

const log = document.getElementById("fil");
const alertBox = document.getElementById("alerte");
let lastBefore = null;

const field = () => document.getElementById("texte");

// A line may come with the answer to a form and on the stream as well: the first one stays.
function dropDoubles() {
  const seen = new Set();
  for (const line of log.querySelectorAll("article[id]")) {
    if (seen.has(line.id)) line.remove();
    seen.add(line.id);
  }
}

function isTurn(event) {
  return event.detail.requestConfig?.path === "/tour";
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (!isTurn(event)) return;
  lastBefore = log.lastElementChild;
  alertBox.textContent = "";
  log.setAttribute("aria-busy", "true");
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (isTurn(event)) log.removeAttribute("aria-busy");
});

// After a choice the focus goes to the new answer; after typing it stays in the field.
document.body.addEventListener("htmx:afterSettle", (event) => {
  dropDoubles();
  if (!isTurn(event)) return;
  const typed = event.detail.requestConfig.elt.id === "saisie";
  let answer = lastBefore ? lastBefore.nextElementSibling : log.firstElementChild;
  answer?.scrollIntoView({ block: "start" });
  while (answer && !answer.classList.contains("guichet")) answer = answer.nextElementSibling;
  if (typed || !answer) field().focus({ preventScroll: true });
  else answer.querySelector("h2").focus({ preventScroll: true });
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(name, (event) => {
    if (!isTurn(event)) return;
    const status = event.detail.xhr?.status;
    const said = { 413: "grand", 429: "trop" }[status] || "absent";
    alertBox.textContent = alertBox.dataset[said];
  });
}

// What the answer to a form has brought already is not announced again.
document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (document.getElementById("m" + event.detail.lastEventId)) event.preventDefault();
});

// With a keyboard Enter sends; on a touch screen it begins a line, as everywhere.
document.body.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (event.target.id !== "texte" || !matchMedia("(pointer: fine)").matches) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
