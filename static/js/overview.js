// The strip and the minimap lead to tokens; copying and unfolding.

import {go} from "./area.js";
import {island} from "./island.js";

export function install() {
  document.addEventListener("click", (event) => {
    const {target} = event;
    const strip = target.closest?.("#strip");
    if (strip) return reach(pointed(event, strip, "x", 0, island().total), strip.dataset);
    const minimap = target.closest?.("#minimap");
    if (minimap) return go(pointed(event, minimap, "y", island().start, island().end));
    if (target.closest?.("#unfold")) return unfold(target);
    const copy = target.closest?.("[data-copy]");
    return copy ? copyText(copy) : undefined;
  });
}

/** The token of `start` to `end` that a click on their picture means. */
function pointed(event, picture, axis, start, end) {
  const box = picture.getBoundingClientRect();
  const share = axis === "x" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
  return Math.min(Math.max(start + Math.floor(share * (end - start)), start), end - 1);
}

/** Go to a token; where another page draws it, ask for that page. */
function reach(position, {example, drawable}) {
  const wanted = Math.min(position, Number(drawable) - 1);
  if (wanted >= island().start && wanted < island().end) return go(wanted);
  const button = document.createElement("button");
  Object.assign(button, {type: "submit", name: "at", value: `${example}:${wanted}`, hidden: true});
  document.getElementById("form").append(button);
  button.click(); // htmx sends the button that was clicked, not the one that is told to submit.
  return button.remove();
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
