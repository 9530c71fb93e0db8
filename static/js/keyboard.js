// Keys while a token has the focus, and the few that work anywhere.

import {area, currentPosition, elementAt, isPinned, release, select} from "./area.js";
import {ask} from "./ask.js";
import {openHelp} from "./help.js";
import {island} from "./island.js";

const MOVES = {
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  ArrowUp: () => line(-1),
  ArrowDown: () => line(1),
  Home: () => turn()[0],
  End: () => turn()[1] - 1,
  PageUp: () => otherTurn(-1),
  PageDown: () => otherTurn(1),
  n: () => boundary(1),
  p: () => boundary(-1),
  w: nextWarning,
};

const ACTIONS = {
  Enter: () => select(currentPosition(), {pin: !isPinned(), focus: true}),
  Escape: release,
  g: () => ask("position"),
  "/": () => ask("text"),
  t: toggleTable,
  c: () => document.getElementById("open-compare").click(),
  "[": () => document.body.classList.toggle("folded"),
  "?": openHelp,
};

export function install() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      document.getElementById("form").requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !inArea(event.target)) return;
    if (event.key in MOVES) move(MOVES[event.key](), event);
    else if (event.key in ACTIONS) {
      event.preventDefault();
      ACTIONS[event.key]();
    }
  });
}

const inArea = (target) => target === area() || target.matches?.("#tokens b, #table tr");

function move(position, event) {
  event.preventDefault();
  const data = island();
  if (position === null || !data) return;
  select(Math.min(Math.max(position, data.start), data.end - 1), {focus: true});
}

const here = () => currentPosition() ?? island().start;
const step = (by) => here() + by;

/** The token that stands nearest above or below. */
function line(by) {
  const from = elementAt(here()).getClientRects()[0];
  const x = from.left + Math.min(from.width, 8) / 2;
  let best = null;
  let bestTop = null;
  for (let position = here() + by; position >= island().start && position < island().end; position += by) {
    const element = elementAt(position);
    if (element.closest("details:not([open])")) continue;
    for (const rectangle of element.getClientRects()) {
      const beyond = by > 0 ? rectangle.top >= from.bottom - 4 : rectangle.bottom <= from.top + 4;
      if (!beyond || !rectangle.width) continue;
      if (bestTop !== null && Math.abs(rectangle.top - bestTop) > 6) return best.position;
      bestTop ??= rectangle.top;
      const distance = Math.max(rectangle.left - x, x - rectangle.right, 0);
      if (!best || distance < best.distance) best = {position, distance};
    }
  }
  return best?.position ?? null;
}

/** First and one past the last position of the turn. */
function turn(section = elementAt(here()).closest(".turn")) {
  const blocks = section.querySelectorAll("p[data-start]");
  const last = blocks[blocks.length - 1];
  return [Number(blocks[0].dataset.start), Number(last.dataset.start) + last.getElementsByTagName("b").length];
}

function otherTurn(by) {
  const section = elementAt(here()).closest(".turn");
  const other = by < 0 ? section.previousElementSibling : section.nextElementSibling;
  return other?.matches(".turn") ? turn(other)[0] : null;
}

/** The next token beside a change of the mask: the last before it, or the first after it. */
export function boundary(by) {
  const {columns: {states}, start} = island();
  const trained = (i) => states[i] === 1;
  for (let i = here() - start + by; i >= 0 && i < states.length; i += by) {
    const before = i > 0 && trained(i) !== trained(i - 1);
    const after = i + 1 < states.length && trained(i) !== trained(i + 1);
    if (before || after) return i + start;
  }
  return null;
}

/** Where the next stretch of tokens begins that an error or a warning is about; after the last, the first. */
function nextWarning() {
  const {findings, start, end} = island();
  const urgent = findings.filter(({severity}) => severity !== "note");
  const begins = urgent.flatMap(({tokens}) => tokens.map(([first]) => first)).filter((first) => first >= start && first < end);
  const later = begins.filter((first) => first > here());
  return begins.length ? Math.min(...(later.length ? later : begins)) : null;
}

function toggleTable() {
  const table = document.getElementById("view-table");
  document.getElementById(table.checked ? "view-text" : "view-table").click();
  if (!table.checked) elementAt(here())?.focus();
}
