// The token area: which element is which token, and which token is hovered, current and pinned.

import {island} from "./island.js";

const listeners = [];
let current = null; // the position whose details are shown
let pinned = false;
let hovered = null; // an element

/** Call `listener(position, {pinned, preview})` whenever another token is shown; position null means none. */
export function onShow(listener) {
  listeners.push(listener);
}

export const area = () => document.getElementById("tokens");
export const currentPosition = () => current;
export const isPinned = () => pinned;

/** The position of a token's element. */
export function positionOf(element) {
  const block = element.closest("p[data-start]");
  const siblings = block.getElementsByTagName("b");
  return Number(block.dataset.start) + Array.prototype.indexOf.call(siblings, element);
}

/** The element of the token at a position, or null where it is not drawn. */
export function elementAt(position) {
  const blocks = area()?.querySelectorAll("p[data-start]") ?? [];
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (Number(blocks[middle].dataset.start) <= position) low = middle;
    else high = middle - 1;
  }
  if (!blocks.length) return null;
  return blocks[low].getElementsByTagName("b")[position - Number(blocks[low].dataset.start)] ?? null;
}

/** Make a token the current one; `focus` moves the keyboard there too. */
export function select(position, {pin = pinned, focus = false, block = "nearest", scroll = true} = {}) {
  const element = elementAt(position);
  if (!element) return;
  const folded = element.closest("details.folded");
  if (folded) folded.open = true;
  mark(element);
  current = position;
  pinned = pin;
  area().classList.toggle("pinned", pinned);
  if (focus) element.focus({preventScroll: true});
  tell(position, false);
  // Last, since what is told may cover part of the page.
  if (scroll) element.scrollIntoView({block, inline: "nearest"});
}

/** Let go of the pinned token; hovering shows details again. */
export function release() {
  pinned = false;
  area()?.classList.remove("pinned");
  tell(current, false);
}

function mark(element) {
  const before = area().querySelector("b.here");
  if (before === element) return;
  if (before) {
    before.classList.remove("here");
    for (const name of ["tabindex", "role", "aria-label"]) before.removeAttribute(name);
  }
  element.classList.add("here");
  // The one tab stop of the area moves along with the current token.
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  area().tabIndex = -1;
}

function tell(position, preview) {
  for (const listener of listeners) listener(position, {pinned, preview});
}

/** A new result is on the page: nothing is pinned, and its first trained token is shown. */
export function begin() {
  current = null;
  pinned = false;
  hovered = null;
  const data = island();
  if (!area() || !data || !data.columns.ids.length) return tell(null, false);
  const asked = area().querySelector("b[autofocus]");
  if (asked) {
    asked.removeAttribute("autofocus"); // Copies of the token elsewhere on the page ask for nothing.
    return go(positionOf(asked));
  }
  const first = data.columns.states.indexOf(1);
  const position = data.start + Math.max(first, 0);
  mark(elementAt(position));
  current = position;
  tell(position, true);
}

export function install() {
  document.addEventListener("pointerover", (event) => {
    const element = event.target.closest?.("#tokens b");
    if (event.pointerType === "touch" || element === hovered) return;
    hovered?.classList.remove("near");
    hovered = element;
    if (!element) return pinned || current === null ? undefined : tell(current, false);
    element.classList.add("near");
    if (!pinned) tell(positionOf(element), true);
  });
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("#tokens b");
    if (element) return select(positionOf(element), {pin: true, focus: true});
    const link = event.target.closest?.("[data-go]");
    if (!link) return undefined;
    event.preventDefault();
    return go(Number(link.dataset.go));
  });
  document.addEventListener("focusin", (event) => {
    if (event.target === area()) select(current ?? island()?.start ?? 0, {focus: true});
  });
  document.addEventListener("copy", copyText);
}

/** Show a token in the Text view and put the keyboard on it. */
export function go(position) {
  const view = document.getElementById("view-text");
  if (view && !view.checked) view.click();
  select(position, {pin: true, focus: true, block: "center"});
}

/** What is copied out of the tokens is the text itself, without the glyphs for white space. */
function copyText(event) {
  const selection = document.getSelection();
  if (selection.isCollapsed || !area()?.contains(selection.anchorNode) || !area().contains(selection.focusNode)) return;
  const touched = [...area().querySelectorAll("b")].filter((element) => selection.containsNode(element, true));
  if (!touched.length) return;
  const {columns, start, slice} = island();
  const first = positionOf(touched[0]) - start;
  const last = positionOf(touched[touched.length - 1]) - start;
  event.clipboardData.setData("text/plain", slice(columns.starts[first], columns.ends[last]));
  event.preventDefault();
}
