// A lesson under way, kept in this browser: states in order, each with words and tokens to point at.

import {state} from "./share.js";

const KEY = "lossmask-lesson";
const EMPTY = {title: "", summary: "", audience: "", minutes: null, steps: []};

/** The lesson so far; an empty one where there is none or it cannot be read. */
export function draft() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return found && Array.isArray(found.steps) ? {...EMPTY, ...found} : structuredClone(EMPTY);
  } catch {
    return structuredClone(EMPTY);
  }
}

/** Keep it; false where the browser keeps nothing. */
export function keep(lesson) {
  try {
    if (lesson.steps.length || lesson.title) localStorage.setItem(KEY, JSON.stringify(lesson));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

/** Add a state at the end; the same state with another token pinned points at one more token. */
export function add(found) {
  const lesson = draft();
  const {view: {pin, ...view} = {}, ...rest} = found;
  const plain = {...rest, view};
  const last = lesson.steps.at(-1);
  const isSame = last && JSON.stringify(last.state) === JSON.stringify(plain);
  if (isSame && pin) last.points = [...last.points.filter(([start]) => start !== pin[0]), pin];
  else if (!isSame) lesson.steps.push({heading: "", text: "", notes: "", state: plain, points: pin ? [pin] : []});
  return {kept: keep(lesson), steps: lesson.steps.length, points: lesson.steps.at(-1).points.length};
}

export function install() {
  const button = document.getElementById("add-to-lesson");
  button?.addEventListener("click", () => {
    const found = state();
    if (!found) return say(button, "nothing to add yet");
    const {kept, steps, points} = add(found);
    const pointed = points ? `, ${points} pointed at` : "";
    return say(button, kept ? `step ${steps} kept${pointed}` : "the browser keeps nothing");
  });
}

function say(button, words) {
  document.getElementById("announce").textContent = words;
  button.textContent = words;
  setTimeout(() => (button.textContent = "add to a lesson"), 2500);
}
