// On a phone one part of the page is shown at a time; a picked token opens a sheet below.

import {onShow} from "./area.js";

export function install() {
  show("tokens");
  document.querySelector(".panes").addEventListener("click", (event) => {
    const link = event.target.closest("[data-pane]");
    if (!link) return;
    event.preventDefault();
    show(link.dataset.pane);
  });
  document.getElementById("form").addEventListener("submit", () => show("tokens"));
  onShow((position, {pinned, preview}) => {
    document.body.classList.toggle("sheet", pinned && !preview && position !== null);
  });
}

const narrow = () => matchMedia("(max-width: 719px)").matches;

function show(pane) {
  document.body.dataset.shown = pane;
  for (const link of document.querySelectorAll("[data-pane]")) {
    if (link.dataset.pane === pane) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (narrow()) scrollTo(0, 0);
}
