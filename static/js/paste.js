// From a token to the place in the pasted text that it was made of.

import {fieldOf, island, sourcesOf} from "./island.js";

/** Whether the token's characters can be found in the paste. */
export const canShow = (token) => range(token) !== null;

/** Select them there. */
export function showInPaste(token) {
  const found = token && range(token);
  if (!found) return;
  document.body.classList.remove("folded");
  document.querySelector('[data-pane="input"]').click();
  const box = document.getElementById("conversation");
  box.focus();
  box.setSelectionRange(found.start, found.end);
  const line = box.value.slice(0, found.start).split("\n").length - 1;
  box.scrollTop = Math.max(0, line * parseFloat(getComputedStyle(box).lineHeight) - box.clientHeight / 3);
}

function range(token) {
  const source = token.start < token.end ? sourcesOf(token).find(({origin}) => origin.kind === "message") : null;
  const box = document.getElementById("conversation");
  const text = source && fieldOf(source.origin);
  if (!text || !box) return null;
  for (const written of [(piece) => JSON.stringify(piece).slice(1, -1), (piece) => piece]) {
    const at = nth(box.value, written(text), earlier(source.origin, text));
    if (at >= 0) return within(at, text, source, written);
  }
  return null;
}

/** The token's part of a field that begins at `at`, in the spelling of the paste. */
function within(at, text, {origin, offset, length}, written) {
  const characters = Array.from(text);
  const from = origin.start + offset;
  const start = at + written(characters.slice(0, from).join("")).length;
  return {start, end: start + written(characters.slice(from, from + length).join("")).length};
}

/** How many earlier messages hold the same text, which come first in the paste too. */
function earlier(origin, text) {
  const before = island().messages.slice(0, origin.message);
  return before.filter((message) => Object.values(message).includes(text)).length;
}

function nth(text, needle, skip) {
  let at = text.indexOf(needle);
  for (let i = 0; i < skip && at >= 0; i++) at = text.indexOf(needle, at + 1);
  return at;
}
