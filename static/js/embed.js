// A result in a frame on another page: it keeps nothing, never changes its own address, and tells the
// page around it how tall it is: {type: "lossmask:height", height} in CSS pixels.

import * as announce from "./announce.js";
import * as area from "./area.js";
import * as ask from "./ask.js";
import * as help from "./help.js";
import * as inspector from "./inspector.js";
import * as keyboard from "./keyboard.js";
import * as lens from "./lens.js";
import * as overview from "./overview.js";
import * as shift from "./shift.js";
import * as table from "./table.js";
import {isLink, LinkError, unpack} from "./state.js";

const by = (id) => document.getElementById(id);
const portable = "portable" in document.body.dataset;
let text = ""; // the state behind the #

// What a reader picks is for this reader alone; some parts of the main page keep it in the address.
history.replaceState = () => {};

document.documentElement.classList.add("scripted");
for (const part of [inspector, area, announce, ask, help, keyboard, lens, overview, shift, table]) part.install();
area.onShow((position, {pinned, preview}) => document.body.classList.toggle("sheet", pinned && !preview && position !== null));
new ResizeObserver(tellHeight).observe(document.body);
if (portable) {
  addEventListener("hashchange", open);
  by("form").addEventListener("submit", look);
  open();
} else {
  begin(by("result").dataset.pin);
}

function begin(pin) {
  for (const part of [lens, area, table, shift]) part.begin();
  if (pin) area.select(Number(pin), {pin: true, scroll: false});
}

function tellHeight() {
  if (parent !== window) parent.postMessage({type: "lossmask:height", height: Math.ceil(document.documentElement.getBoundingClientRect().height)}, "*");
}

async function open() {
  by("open-full").href = `/${location.hash}`;
  try {
    if (!isLink(location.hash)) throw new LinkError("There is no link behind the # of this frame's address.");
    const found = await unpack(location.hash);
    text = found.text;
    choose(found.value.view?.theme);
    await compute({}, found.value.view?.pin?.[0]);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    say(error.message);
  }
}

/** The theme of the frame's address counts before that of the link. */
function choose(theme) {
  if (theme && !new URLSearchParams(location.search).has("theme")) document.documentElement.dataset.theme = theme;
}

/** Another page of tokens, another example: the state again, with what was chosen. */
function look(event) {
  event.preventDefault();
  compute(Object.fromEntries(new FormData(by("form"), event.submitter)));
}

async function compute(seen, pin) {
  by("result").classList.add("dim");
  const answer = await fetch("/embed", {method: "POST", body: new URLSearchParams({...seen, state: text}), headers: {Accept: "text/html", "HX-Request": "true"}}).catch(() => null);
  by("result").classList.remove("dim");
  if (!answer) return say("The server does not answer.");
  by("result").innerHTML = await answer.text();
  return begin(pin);
}

function say(sentence) {
  const line = document.createElement("p");
  line.className = "embed-wait";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  by("result").replaceChildren(line);
  begin();
}
