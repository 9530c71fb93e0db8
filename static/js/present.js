// Presenting: key P, the header's buttons, and for a lesson the progress to drag and the window with the notes.

import {lead} from "./notes.js";
import {isLink} from "./state.js";

const by = (id) => document.getElementById(id);
const root = document.documentElement;
const PAUSE = 400; // milliseconds after the last move of the progress
const STEPS = "#present-range"; // who moved the progress by keyboard goes on there
const WINDOW = "popup,width=760,height=820";
let themeBefore = "system";
let timer = 0;

const BUTTONS = {
  "open-present": toggle,
  "present-leave": toggle,
  "ask-form": (button) => ask(button, "ask-form"),
  "ask-details": (button) => ask(button, "ask-details"),
};

export function install() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  // Before the form puts the keyboard into a field, the field has to be there.
  document.addEventListener("click", ({target}) => target.closest?.(".pick") && open("ask-form"), true);
  by("form").addEventListener("htmx:beforeRequest", tellApart);
  addEventListener("hashchange", tellApart);
  tellApart();
  if (document.body.dataset.lesson) beginLesson();
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  // Among the tokens a small p has another use.
  const asked = event.key === "P" || (event.key === "p" && !event.target.closest?.("#tokens, table"));
  if (!asked || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  toggle();
}

const inField = (target) => target.matches?.("input:not([type=radio], [type=checkbox], [type=range], [type=hidden]), textarea, select, [contenteditable]");

function onClick(event) {
  const button = event.target.closest?.("button, a");
  if (button?.id in BUTTONS) return BUTTONS[button.id](button);
  if (button?.id !== "open-notes") return undefined;
  event.preventDefault();
  return window.open(button.href, button.target, WINDOW);
}

/** A lesson's page is loaded again, since its address holds all of it; the main page keeps what was typed. */
function toggle() {
  if (document.body.dataset.lesson) return location.assign(otherwise());
  return "present" in root.dataset ? leave() : enter();
}

function otherwise() {
  const address = new URL(location.href);
  const on = "present" in root.dataset;
  if (on) address.searchParams.delete("present");
  else address.searchParams.set("present", "1");
  if (!on || address.searchParams.get("theme") === "projector") address.searchParams.delete("theme");
  return address;
}

function enter() {
  themeBefore = root.dataset.theme;
  const address = otherwise();
  root.dataset.present = "";
  wear("projector");
  history.replaceState(null, "", address);
  if (!by("present-address")) fetchAddress();
}

function leave() {
  const address = otherwise();
  delete root.dataset.present;
  if (root.dataset.theme === "projector") wear(themeBefore === "projector" ? "system" : themeBefore);
  const theme = root.dataset.theme;
  if (theme !== "system") address.searchParams.set("theme", theme);
  history.replaceState(null, "", address);
  for (const name of ["ask-form", "ask-details"]) document.body.classList.remove(name);
  document.dispatchEvent(new Event("present:left"));
}

function wear(theme) {
  const choice = document.querySelector(`input[name="theme"][value="${theme}"]`);
  if (choice && !choice.checked) choice.click();
}

/** The address without its fragment: what a link holds is told to no server, not even for its code. */
async function fetchAddress() {
  const at = encodeURIComponent(location.pathname + location.search);
  const answer = await fetch(`/present?at=${at}`).catch(() => null);
  if (answer?.ok) by("present-place").innerHTML = await answer.text();
}

/** Whether the page shows what its address alone does not lead to. */
function tellApart(event) {
  if (event?.type === "htmx:beforeRequest" && event.target !== by("form")) return;
  if (event?.type === "htmx:beforeRequest" || isLink(location.hash)) root.dataset.apart = "";
}

function ask(button, name) {
  const on = document.body.classList.toggle(name);
  button.setAttribute("aria-pressed", on);
}

function open(name) {
  if (!("present" in root.dataset)) return;
  document.body.classList.add(name);
  by(name)?.setAttribute("aria-pressed", "true");
}

function beginLesson() {
  const range = by("present-range");
  range.addEventListener("input", () => moved(range));
  range.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    by("step-next")?.click();
  });
  // A form of its own, so that the browser's Enter goes to the step and not to the first form's.
  by("present-steps").addEventListener("submit", (event) => {
    event.preventDefault();
    go(Number(range.value));
  });
  if (location.hash === STEPS) {
    history.replaceState(null, "", location.pathname + location.search);
    range.focus();
  }
  lead((step) => go(step, ""));
}

function moved(range) {
  const number = Number(range.value);
  const count = Number(range.max);
  const heading = linkTo(number).title;
  range.setAttribute("aria-valuetext", `${number} of ${count}: ${heading}`);
  const shown = document.createElement("b");
  shown.textContent = number;
  by("present-told").replaceChildren(shown, ` of ${count}: ${heading}`);
  clearTimeout(timer);
  timer = setTimeout(() => go(number), PAUSE);
}

const linkTo = (number) => document.querySelector(`.lesson-progress a[data-step="${number}"]`);

function go(number, hash = STEPS) {
  clearTimeout(timer);
  const link = linkTo(number);
  if (!link || number === Number(document.body.dataset.step)) return;
  const address = new URL(link.href);
  address.hash = hash;
  location.assign(address);
}
