// Storing a copy on the server, at the press of the button that says so, and the snippet for a frame.

import {island} from "./island.js";
import * as kept from "./kept.js";
import {state} from "./share.js";

const by = (id) => document.getElementById(id);
let shown = null; // the fingerprint of what the links in the dialog lead to
let embed = ""; // the address of the stored copy for a frame, once there is one

export function install() {
  by("share").addEventListener("share-drawn", redraw);
  by("share").addEventListener("click", copy);
  by("share").addEventListener("focusin", ({target}) => target.matches("#stored input, #frame-snippet") && target.select());
  if (!by("store-button")) return;
  by("store-button").addEventListener("click", store);
  by("store-lifetime").addEventListener("change", redraw);
}

/** The dialog shows another state, or another part of it: links to something else are no longer shown. */
function redraw() {
  if (by("store-button")) {
    const choice = by("store-lifetime").selectedOptions[0];
    const whole = document.querySelector('input[name="share-what"]:checked').value === "state";
    by("store-button").textContent = `Store a copy on this server ${choice.text}`;
    by("store-button").disabled = !whole;
    by("store-whole").hidden = whole;
    if (!whole || kept.fingerprint(asked() ?? "") !== shown) hide();
  }
  drawSnippet();
}

function hide() {
  shown = null;
  embed = "";
  by("stored").hidden = true;
  by("store-status").textContent = "";
}

/** The request's body, or null where there is no result. */
function asked() {
  const found = state("state");
  return found && JSON.stringify({state: found, losses: losses(), lifetime: by("store-lifetime").value});
}

/** Where the losses on the page came from; the server joins those that it found itself. */
function losses() {
  if (!island()?.losses) return undefined;
  const fields = new FormData(by("form"));
  const given = (name) => fields.get(name)?.trim() || undefined;
  const model = given("loss_model");
  const kinds = {
    model: {model: model?.includes("/") && !model.includes(":") ? `hub:${model}` : model},
    endpoint: {endpoint: true},
    pasted: {values: fields.get("loss_values"), kind: given("loss_kind"), alignment: given("loss_alignment")},
  };
  return kinds[given("losses")];
}

async function store() {
  const body = asked();
  if (!body) return;
  const mark = kept.fingerprint(body);
  const before = by("store-button");
  before.disabled = true;
  tell("Storing…");
  try {
    const known = await storedBefore(mark);
    const made = known ?? await create(body, mark);
    show(made, mark, known ? "This was stored from this browser before; here is the same link." : "Stored.");
  } catch (error) {
    tell(`▲ ${error.message}`);
  } finally {
    before.disabled = false;
  }
}

/** What this browser stored with the same body, if it is still there. */
async function storedBefore(mark) {
  const found = Object.values(kept.all()).find((one) => one.mark === mark);
  if (!found) return null;
  const stop = new AbortController();
  const answer = await fetch(`/api/snapshots/${found.id}`, {signal: stop.signal}).catch(() => null);
  const there = answer?.ok ?? false;
  stop.abort();
  if (answer?.status === 404) kept.forget(found.id);
  return there ? found : null;
}

async function create(body, mark) {
  const answer = await fetch("/api/snapshots", {method: "POST", headers: {"Content-Type": "application/json"}, body})
    .catch(() => { throw new Error("The server does not answer; nothing was stored as far as is known here."); });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? `The server answered with status ${answer.status}.`);
  kept.keep(told.id, {...told, mark});
  return told;
}

function show(made, mark, sentence) {
  shown = mark;
  embed = made.url.replace(/\/s\/([^/]*)$/, "/embed/s/$1");
  by("stored-link").value = made.url;
  by("stored-manage").value = made.manage_url;
  by("stored-expiry").textContent = made.expires_at ? `until ${made.expires_at.slice(0, 16).replace("T", " ")} UTC` : "until it is deleted";
  by("stored").hidden = false;
  tell(sentence);
  drawSnippet();
  by("stored-link").focus();
}

const tell = (sentence) => (by("store-status").textContent = sentence);

function drawSnippet() {
  const box = by("frame-snippet");
  if (!box) return;
  const link = by("share-link").value;
  const source = embed || link.replace("/#", "/embed#");
  box.value = source && `<iframe src="${source}" title="Lossmask: which tokens train" width="100%" height="600" loading="lazy" referrerpolicy="no-referrer" style="border:0"></iframe>`;
  by("frame-of").textContent = embed ? "A frame of the stored copy" : link ? "A frame of the portable link, which analyses again" : "The link is too long for a frame; store a copy.";
}

async function copy({target}) {
  const field = target.closest?.("[data-copy-field]");
  if (!field) return;
  try {
    await navigator.clipboard.writeText(by(field.dataset.copyField).value);
    field.textContent = "Copied";
  } catch {
    by(field.dataset.copyField).select();
    field.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (field.textContent = "Copy"), 1500);
}
