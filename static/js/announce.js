// One polite live region, so that a screen reader hears of the pinned token, but not of every step.

import {onShow} from "./area.js";
import {visible} from "./glyphs.js";
import {tokenAt} from "./island.js";
import {told} from "./lens.js";

const PAUSE = 400;
let timer = 0;

export function install() {
  onShow((position, {preview}) => {
    const token = preview || position === null ? null : tokenAt(position);
    const element = document.querySelector("#tokens b.here");
    if (!token || !element) return;
    element.setAttribute("aria-label", visible(spoken(token)));
    clearTimeout(timer);
    if (document.getElementById("view-shift")?.checked) return; // It has a sentence of its own.
    timer = setTimeout(() => {
      document.getElementById("announce").textContent = visible(`${spoken(token)} ${token.reason}`);
    }, PAUSE);
  });
}

/** What is about to be told is not. */
export function hush() {
  clearTimeout(timer);
  document.getElementById("announce").textContent = "";
}

/** A live region that arrives with its text is not read; the verdict of a new result is told here. */
export function tellVerdict() {
  clearTimeout(timer);
  document.getElementById("announce").textContent = document.getElementById("verdict")?.textContent ?? "";
}

function spoken(token) {
  const text = token.text.trim() || token.text.replaceAll(" ", "space ").replaceAll("\n", "line break ").trim() || token.piece;
  const state = token.state === "unused" ? "labelled but unused" : token.state;
  const seen = [text, `position ${token.position}`, state, told(token)].filter(Boolean);
  return `${seen.join(", ")}.`;
}
