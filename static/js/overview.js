// The strip and the minimap lead to tokens; copying and unfolding.

import {go} from "./area.js";
import {island} from "./island.js";

export function install() {
  document.addEventListener("click", (event) => {
    const {target} = event;
    if (target.closest?.("#strip")) return jump(event, island().total, "x");
    if (target.closest?.("#minimap")) return jump(event, island().end - island().start, "y");
    if (target.closest?.("#unfold")) return unfold(target);
    const copy = target.closest?.("[data-copy]");
    return copy ? copyText(copy) : undefined;
  });
}

function jump(event, length, axis) {
  const box = event.target.closest("svg").getBoundingClientRect();
  const share = axis === "x" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
  const first = axis === "x" ? 0 : island().start;
  const position = first + Math.min(length - 1, Math.floor(share * length));
  go(Math.min(Math.max(position, island().start), island().end - 1));
}

function unfold(button) {
  for (const folded of document.querySelectorAll("#tokens .folded")) folded.open = true;
  button.remove();
}

async function copyText(button) {
  const text = button.dataset.copy === "raw" ? island().text : document.getElementById(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser refused";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
