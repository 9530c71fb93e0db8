// A lesson's page: the main page's own parts, and the keys that step. Links do the same without it.
//
// For whoever shows a lesson in another way: `go(by)` steps, `stepped` is told before the page is left.

import * as announce from "./announce.js";
import * as area from "./area.js";
import * as ask from "./ask.js";
import * as help from "./help.js";
import * as inspector from "./inspector.js";
import * as keyboard from "./keyboard.js";
import * as lens from "./lens.js";
import {keepTheme} from "./lessons.js";
import * as overview from "./overview.js";
import * as predict from "./predict.js";
import * as present from "./present.js";
import * as shift from "./shift.js";
import * as table from "./table.js";
import * as theme from "./theme.js";

const by = (id) => document.getElementById(id);
const KEYS = {" ": 1, ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1};
const listeners = [];

/** Call `listener(step)` with the number of the step that is about to be shown. */
export function stepped(listener) {
  listeners.push(listener);
}

/** Step forth or back; at an end nothing happens. */
export function go(forth) {
  const link = by(forth > 0 ? "step-next" : "step-back");
  if (!link) return;
  for (const listener of listeners) listener(Number(document.body.dataset.step) + forth);
  link.click();
}

/** Positions that the step points at, in the order of its points. */
export const pointed = () => by("result").dataset.pointed.split(",").filter(Boolean).map(Number);

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!(event.key in KEYS) || inUse(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  go(KEYS[event.key]);
}

/** Whether the place with the focus has a use of its own for these keys. */
const inUse = (target) => target.closest?.("input, textarea, select, button, summary, pre, [contenteditable], .area, table, .views [tabindex]") !== null;

document.documentElement.classList.add("scripted");
for (const part of [inspector, area, announce, ask, help, keyboard, lens, overview, predict, present, shift, table, theme]) part.install();
for (const part of [lens, area, table, shift]) part.begin();
area.onShow((position, {pinned, preview}) => document.body.classList.toggle("sheet", pinned && !preview && position !== null));
keepTheme();
document.addEventListener("keydown", onKey);
// The first token pointed at is the one whose details stand beside; nothing scrolls for it.
if (by("tokens") && pointed().length) area.select(pointed()[0], {pin: false, scroll: false});
