// Making a lesson: the steps of the draft with fields for their words, in an order that can be changed.

import {add, draft, keep} from "./draft.js";
import {visible} from "./glyphs.js";
import {keepTheme} from "./lessons.js";
import {LinkError, unpack} from "./state.js";
import * as theme from "./theme.js";

const by = (id) => document.getElementById(id);
const FACTS = ["title", "summary", "audience", "minutes"];
let lesson = draft();

function drawAll() {
  for (const name of FACTS) by(`make-${name}`).value = lesson[name] ?? "";
  by("make-none").hidden = lesson.steps.length > 0;
  by("make-export").disabled = !lesson.steps.length;
  by("make-steps").replaceChildren(...lesson.steps.map(drawn));
}

function drawn(step, index) {
  const item = by("make-step").content.firstElementChild.cloneNode(true);
  const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
  item.dataset.index = index;
  slot("number").textContent = `Step ${index + 1}`;
  slot("state").textContent = visible(told(step.state));
  for (const field of item.querySelectorAll("[data-field]")) field.value = step[field.dataset.field] ?? "";
  slot("points").append(...(step.points.length ? step.points.map(point) : ["no token"]));
  item.querySelector('[data-do="up"]').disabled = index === 0;
  item.querySelector('[data-do="down"]').disabled = index === lesson.steps.length - 1;
  return item;
}

/** What is analysed, in a few words. */
function told({strategy, template, tokenizer, view}) {
  const words = [strategy?.name ?? "assistant-turns", template?.name ?? "own", tokenizer?.name ?? "bundled"];
  return [...words, ...(view?.tab ? [`view ${view.tab}`] : [])].join(" · ");
}

function point([start, end], index) {
  const button = document.createElement("button");
  Object.assign(button, {type: "button", className: "plain", textContent: end - start > 1 ? `${start} to ${end - 1} ✕` : `${start} ✕`});
  button.dataset.do = "unpoint";
  button.dataset.point = index;
  button.setAttribute("aria-label", `Point no longer at token ${start}`);
  return button;
}

const DEEDS = {
  up: (at) => move(at, at - 1),
  down: (at) => move(at, at + 1),
  remove: (at) => lesson.steps.splice(at, 1),
  unpoint: (at, button) => lesson.steps[at].points.splice(Number(button.dataset.point), 1),
};

function move(from, to) {
  lesson.steps.splice(to, 0, ...lesson.steps.splice(from, 1));
}

function clicked({target}) {
  const deed = target.dataset?.do;
  if (!deed) return;
  DEEDS[deed](Number(target.closest("li").dataset.index), target);
  save();
  drawAll();
}

function typed({target}) {
  const {field} = target.dataset;
  if (field) lesson.steps[Number(target.closest("li").dataset.index)][field] = target.value;
  else if (FACTS.includes(target.id.replace("make-", ""))) facts();
  save();
}

function facts() {
  for (const name of FACTS) lesson[name] = by(`make-${name}`).value;
  lesson.minutes = Number(lesson.minutes) || null;
}

function save() {
  if (!keep(lesson)) by("make-told").textContent = "This browser keeps nothing; export before you leave.";
}

async function addLink() {
  try {
    const hash = by("make-link").value.trim();
    const {value} = await unpack(hash.slice(Math.max(hash.indexOf("#"), 0)));
    keep(lesson);
    add(value);
    lesson = draft();
    by("make-link").value = "";
    by("make-told").textContent = `Step ${lesson.steps.length} was added.`;
    drawAll();
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    by("make-told").textContent = error.message;
  }
}

/** The file comes from the server, which checks it; what is wrong is said here. */
async function send(event) {
  event.preventDefault();
  facts();
  const body = new URLSearchParams({lesson: JSON.stringify(lesson)});
  const answer = await fetch("/lessons/export", {method: "POST", body, headers: {Accept: "application/json"}}).catch(() => null);
  if (!answer) return tell("The server does not answer.");
  if (!answer.ok) return tell((await answer.json()).detail);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(await answer.blob()), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return tell(`${name} was made.`);
}

function tell(words) {
  by("make-told").textContent = visible(words);
}

document.documentElement.classList.add("scripted");
theme.install();
keepTheme();
by("make").addEventListener("click", clicked);
by("make").addEventListener("input", typed);
by("make").addEventListener("submit", send);
by("make-add").addEventListener("click", addLink);
by("make-clear").addEventListener("click", () => {
  lesson = {title: "", summary: "", audience: "", minutes: null, steps: []};
  save();
  drawAll();
});
drawAll();
