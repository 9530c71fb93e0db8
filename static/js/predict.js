// Predict, then reveal: colours are hidden, tokens are guessed, and the guesses are held against the labels.

import {hush} from "./announce.js";
import {elementAt, onShow, positionOf} from "./area.js";
import {island} from "./island.js";

const by = (id) => document.getElementById(id);
const root = document.documentElement;
const MARKS = {hit: "right", missed: "missed", wrong: "wrong"};
const TRAINED = 1;
let guessed = new Set(); // positions
let last = null; // the position that was last moved to

/** Which of the tokens from `start` on are guessed right, missed, and guessed wrong. */
export function judge(guesses, states, start) {
  const verdicts = new Map();
  states.forEach((state, i) => {
    const position = start + i;
    const trains = state === TRAINED;
    if (guesses.has(position)) verdicts.set(position, trains ? "hit" : "wrong");
    else if (trains) verdicts.set(position, "missed");
  });
  return verdicts;
}

/** `11 of 13 found, 2 wrong.` */
export function score(verdicts) {
  const count = (name) => [...verdicts.values()].filter((verdict) => verdict === name).length;
  const found = count("hit");
  return `${found} of ${found + count("missed")} found, ${count("wrong")} wrong.`;
}

export function install() {
  document.addEventListener("click", onClick);
  document.addEventListener("present:left", stop);
  // First of all, since among the tokens these have other uses.
  document.addEventListener("click", guess, true);
  document.addEventListener("keydown", onKey, true);
  onShow(tellVerdict);
}

function onClick({target}) {
  const id = target.closest?.("button")?.id;
  if (id === "predict-start") start();
  if (id === "predict-reveal") reveal();
  if (id === "predict-stop") stop();
}

const guessing = () => root.dataset.predict === "guess";

function start() {
  stop();
  if (!island() || !by("tokens")) return;
  const view = by("view-text");
  if (!view.checked) view.click();
  root.dataset.predict = "guess";
  by("predict").hidden = false;
  by("predict-start").disabled = true;
  hush();
  clearNames();
  tellCount();
  moveTo(island().start);
}

/** Back to the page as it was. */
export function stop() {
  for (const name of ["guess", ...Object.keys(MARKS)]) {
    for (const token of document.querySelectorAll(`#tokens .${name}`)) token.classList.remove(name);
  }
  if (guessing()) clearNames();
  delete root.dataset.predict;
  guessed = new Set();
  last = null;
  by("predict").hidden = true;
  by("predict-start").disabled = false;
  by("predict-score").textContent = "";
}

function reveal() {
  const {columns, start: from} = island();
  const verdicts = judge(guessed, columns.states, from);
  clearNames();
  for (const [position, verdict] of verdicts) elementAt(position)?.classList.add(verdict);
  for (const token of document.querySelectorAll("#tokens .guess")) token.classList.remove("guess");
  root.dataset.predict = "shown";
  by("predict-score").textContent = score(verdicts);
  // Away from the button, so that Space goes on to the next step.
  by("predict-score").focus();
}

/** A click guesses a token or takes it back; with Shift all from the last one on. */
function guess(event) {
  const token = guessing() && event.target.closest?.("#tokens b");
  if (!token) return;
  event.stopPropagation();
  event.preventDefault();
  const position = positionOf(token);
  if (!event.shiftKey || last === null) toggle(position);
  else for (let at = Math.min(last, position); at <= Math.max(last, position); at++) set(at, true);
  moveTo(position);
}

const KEYS = {
  ArrowLeft: () => moveTo(next(-1)),
  ArrowRight: () => moveTo(next(1)),
  " ": () => { toggle(last); name(last); },
  Enter: () => { toggle(last); name(last); },
  Escape: stop,
};

function onKey(event) {
  if (!guessing() || !event.target.closest?.("#tokens") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Tab" || event.key === "P") return;
  event.stopPropagation();
  if (!(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
}

/** The nearest token in sight, or the one there is. */
function next(by_) {
  const {start: from, end} = island();
  for (let at = last + by_; at >= from && at < end; at += by_) {
    if (!elementAt(at).closest("details:not([open])")) return at;
  }
  return last;
}

const toggle = (position) => set(position, !guessed.has(position));

function set(position, on) {
  if (on) guessed.add(position);
  else guessed.delete(position);
  elementAt(position).classList.toggle("guess", on);
  tellCount();
}

function moveTo(position) {
  clearNames();
  last = position;
  name(position);
  const token = elementAt(position);
  token.tabIndex = 0;
  token.focus();
}

/** The token with the keyboard is a box to tick; its name tells nothing of its state. */
function name(position) {
  const token = elementAt(position);
  token.setAttribute("role", "checkbox");
  token.setAttribute("aria-checked", guessed.has(position));
  token.setAttribute("aria-label", `${token.textContent.trim()}, position ${position}`);
}

function clearNames() {
  for (const token of document.querySelectorAll("#tokens b[tabindex]")) {
    token.classList.remove("here");
    for (const attribute of ["tabindex", "role", "aria-checked", "aria-label"]) token.removeAttribute(attribute);
  }
  by("tokens").tabIndex = guessing() ? -1 : 0;
}

const tellCount = () => { by("predict-count").textContent = `${guessed.size} marked`; };

/** After the reveal a token's name tells what became of the guess too. */
function tellVerdict(position) {
  if (root.dataset.predict !== "shown" || position === null) return;
  const token = elementAt(position);
  const verdict = Object.keys(MARKS).find((one) => token?.classList.contains(one));
  const told = token?.getAttribute("aria-label");
  if (verdict && told) token.setAttribute("aria-label", `${told} The guess: ${MARKS[verdict]}.`);
}
