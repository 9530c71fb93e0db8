// The batch page works without scripts; this applies a theme at once and keeps ways out of htmx's hands.

import * as theme from "./theme.js";

document.documentElement.classList.add("scripted");
theme.install();

// A button with an address of its own leaves the page, which htmx would turn into a swap.
document.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) event.stopImmediatePropagation();
}, true);

document.body.addEventListener("htmx:afterSettle", (event) => {
  const failure = event.target.id === "errors" && document.querySelector("#errors .failure");
  if (failure) failure.focus();
});

// htmx complains of every request that was stopped; a newer one stopping it is no fault.
window.htmx.logger = (element, event, detail) => {
  if (detail.xhr?.status === 0 && ["htmx:sendAbort", "htmx:afterRequest"].includes(event)) delete detail.error;
};
