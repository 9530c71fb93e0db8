// The small dialog for going to a position and for searching.

import {currentPosition, select} from "./area.js";
import {island} from "./island.js";

let kind = "position";

/** Open it: `position` takes a number, `text` a text or a token id. */
export function ask(wanted) {
  kind = wanted;
  document.getElementById("ask-label").textContent = kind === "position" ? "Go to position" : "Search a text or a token id";
  document.getElementById("ask-result").textContent = "";
  document.getElementById("ask").showModal();
  document.getElementById("ask-input").select();
}

export function install() {
  const dialog = document.getElementById("ask");
  const input = document.getElementById("ask-input");
  dialog.addEventListener("submit", (event) => {
    if (event.submitter?.value === "cancel") return;
    const found = find(input.value);
    if (found === null) {
      event.preventDefault();
      document.getElementById("ask-result").textContent = kind === "position" ? "No such position here." : "Not found.";
      return;
    }
    dialog.close();
    event.preventDefault();
    select(found, {pin: true, focus: true, block: "center"});
  });
}

function find(text) {
  const data = island();
  if (!data || !text) return null;
  if (kind === "position") return inside(Number.parseInt(text, 10), data);
  return next(matches(text, data), data);
}

const inside = (position, {start, end}) => (position >= start && position < end ? position : null);

/** Positions of tokens with that id, or of those that begin an occurrence of the text. */
function matches(text, {columns, start, text: whole, slice}) {
  const found = [];
  columns.ids.forEach((id, i) => String(id) === text.trim() && found.push(start + i));
  if (found.length) return found;
  const plain = whole.toLowerCase();
  const needle = text.toLowerCase();
  const length = slice(0, whole.length).length;
  if (length !== plain.length) return [];
  let i = 0;
  const units = unitsOf(whole);
  for (let at = plain.indexOf(needle); at >= 0; at = plain.indexOf(needle, at + 1)) {
    const character = units ? units[at] : at;
    while (i < columns.ends.length && columns.ends[i] <= character) i++;
    if (i < columns.ends.length && columns.starts[i] <= character && found.at(-1) !== start + i) found.push(start + i);
  }
  return found;
}

/** For each UTF-16 unit the number of its character, where the two differ. */
function unitsOf(text) {
  if (!/[\ud800-\udfff]/.test(text)) return null;
  const units = [];
  let character = 0;
  for (const point of text) {
    for (let i = 0; i < point.length; i++) units.push(character);
    character += 1;
  }
  return units;
}

/** The first match behind the current token, or from the beginning again. */
function next(found) {
  const from = currentPosition() ?? -1;
  return found.find((position) => position > from) ?? found[0] ?? null;
}
