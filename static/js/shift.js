// The Shift view: the predictions around the chosen token, each an arrow from input to label.
// The markup is that of _shift.html, redrawn for whichever token the views share.

import {currentPosition, elementAt, onShow, select} from "./area.js";
import {visible} from "./glyphs.js";
import {openHelp} from "./help.js";
import {island, tokenAt} from "./island.js";
import {boundary} from "./keyboard.js";
import {brief, contextOf, odds, predictionAt, shown, spanAround, spoken, words} from "./predictions.js";

const by = (id) => document.getElementById(id);
const inSight = () => by("view-shift")?.checked && by("shift") !== null && Boolean(island()?.columns.ids.length);

const KEYS = {
  ArrowLeft: () => here() - 1,
  ArrowRight: () => here() + 1,
  Home: () => 0,
  End: () => Number(by("shift").dataset.drawable) - 1,
  n: () => boundary(1),
  p: () => boundary(-1),
};
const MOVES = {"previous-boundary": KEYS.p, previous: KEYS.ArrowLeft, next: KEYS.ArrowRight, "next-boundary": KEYS.n};

export function install() {
  document.addEventListener("change", (event) => {
    if (event.target.id === "view-shift") draw();
  });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  onShow(draw);
}

/** A new result: the token that was asked for is the chosen one. */
export function begin() {
  const pin = by("shift")?.dataset.pin;
  if (pin === undefined) return draw();
  select(Number(pin), {pin: true});
  return by("shift-row").querySelector("[aria-current]").focus();
}

const here = () => currentPosition() ?? island().start;

/** A button chooses a prediction; one that another page of tokens draws is asked of the server. */
function clicked(event) {
  const button = event.target.closest?.("#shift button[name=pin]");
  if (!button) return;
  const position = Number(button.value.split(":")[1]);
  if (!tokenAt(position)) return;
  event.preventDefault();
  const isColumn = button.classList.contains("step");
  choose(position, isColumn);
}

function choose(position, focus) {
  select(position, {pin: true});
  if (focus) by("shift-row").querySelector("[aria-current]").focus({preventScroll: true});
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "s" && event.target.matches?.("#tokens, #tokens b, #table tr")) return open(event);
  if (!event.target.closest?.("#shift")) return;
  if (event.key in KEYS) {
    event.preventDefault();
    step(KEYS[event.key]());
  } else if (event.key === "s" || event.key === "Escape") close(event);
  else if (event.key === "?") openHelp();
}

function step(position) {
  const drawable = Number(by("shift").dataset.drawable);
  if (position === null || position < 0 || position >= drawable) return;
  if (tokenAt(position)) return choose(position, true);
  const button = document.querySelector("#shift-moves button");
  Object.assign(button, {value: `${by("shift").dataset.example}:${position}`, disabled: false});
  return button.click();
}

function open(event) {
  event.preventDefault();
  by("view-shift").click();
  by("shift-row")?.querySelector("[aria-current]")?.focus();
}

function close(event) {
  event.preventDefault();
  by("view-text").click();
  elementAt(here())?.focus();
}

function draw() {
  if (!inSight() || currentPosition() === null) return;
  const chosen = here();
  const columns = spanAround(chosen).map(([position, rank]) => column(position, rank, position === chosen));
  by("shift-row").replaceChildren(...columns);
  const one = predictionAt(chosen);
  by("shift-sentence").replaceChildren(...words(one).map((piece) => (piece.code === undefined ? piece : element("code", piece.code))));
  const token = element("b", one.token, {trained: "t", unused: "u", masked: ""}[one.state]);
  by("shift-context").replaceChildren(element("span", contextOf(one)), token);
  moves();
}

function moves() {
  const {dataset: {example, drawable}} = by("shift");
  for (const button of document.querySelectorAll("#shift-moves button")) {
    const to = MOVES[button.dataset.move]();
    const none = to === null || to < 0 || to >= Number(drawable);
    // A button that is no more of use keeps the keyboard, which would else be lost.
    if (none && button === document.activeElement) by("shift-row").querySelector("[aria-current]").focus();
    button.disabled = none;
    button.value = none ? "" : `${example}:${to}`;
  }
}

function column(position, rank, chosen) {
  const isEnd = position === island().total;
  const one = isEnd ? null : predictionAt(position);
  const kind = isEnd ? "end" : position === 0 ? "never" : one.state === "trained" ? "trained" : "masked";
  const row = element("li", "", chosen ? `${kind} chosen` : kind);
  row.dataset.rank = rank;
  row.append(...(isEnd ? end(position) : [button(one, kind, chosen)]));
  return row;
}

function end(position) {
  const inside = element("span", "", "step");
  inside.setAttribute("aria-hidden", "true");
  inside.append(...parts(position, "end", null));
  return [inside, element("span", `After ${spoken(shown(position - 1))}, position ${position - 1}: nothing, since it is the last token.`, "unseen")];
}

function button(one, kind, chosen) {
  const made = element("button", "", "step");
  const attributes = {type: "submit", form: "form", name: "pin", value: `${by("shift").dataset.example}:${one.position}`, "aria-label": visible(brief(one))};
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (chosen) made.setAttribute("aria-current", "true");
  made.append(...parts(one.position, kind, one));
  return made;
}

/** The input, the arrow and the label of one column; `one` is its prediction, null at the end. */
function parts(position, kind, one) {
  const made = [
    element("span", kind === "never" ? "–" : String(position - 1), "at"),
    cell("tokens read", kind === "never" ? null : input(position - 1)),
    arrow(kind, one),
    cell("tokens asked", one && label(one)),
    element("span", kind === "end" ? "–" : String(position), "at"),
    element("span", kind === "end" ? "nothing" : kind, "told"),
  ];
  if (island().losses) made.push(cell("likely", element("code", one?.likeliest?.piece ?? "")));
  return made;
}

function cell(name, content) {
  const made = element("span", "", name);
  if (content) made.append(content);
  return made;
}

/** A token without its states, which are its label's. */
function input(position) {
  const drawn = position < island().start ? element("b", shown(position)) : copy(position);
  drawn.className = drawn.classList.contains("s") ? "s" : "";
  if (!drawn.className) drawn.removeAttribute("class");
  return drawn;
}

function label(one) {
  if (one.label === one.id) return copy(one.position);
  return element("code", one.label === -100 ? "-100" : `id ${one.label}`);
}

function copy(position) {
  const made = elementAt(position).cloneNode(true);
  made.classList.remove("near", "here");
  for (const name of ["tabindex", "role", "aria-label", "autofocus"]) made.removeAttribute(name);
  if (!made.classList.length) made.removeAttribute("class");
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function arrow(kind, one) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 44");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#arrow-${kind}`);
  picture.append(use);
  const made = element("span", "", "way");
  made.append(picture);
  if (one && one.position > 0 && one.probability !== null) made.append(element("span", odds(one.probability).replace("under ", "<").replace("over ", ">"), "odds"));
  return made;
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  if (text) made.textContent = visible(text);
  if (className) made.className = className;
  return made;
}
