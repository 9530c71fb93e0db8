// The dialog for sharing. Opening it makes a link in the browser, and stores nothing.

import {keepInAddress, view} from "./link.js";
import {isStale} from "./request.js";
import {pack} from "./state.js";

const OFFERED = 8000; // characters of a link that are offered
const SAFE = 2000; // characters beyond which some apps cut
const by = (id) => document.getElementById(id);
let fragment = "";

export function install() {
  by("open-share").addEventListener("click", openShare);
  by("share-copy").addEventListener("click", copy);
  by("share-link").addEventListener("focus", () => by("share-link").select());
  for (const choice of document.querySelectorAll('input[name="share-what"]')) choice.addEventListener("change", draw);
}

/** The state of the result on the page with what is in sight, or null where there is none. */
export function state(what = "state") {
  const text = by(`share-${what}`)?.content.textContent;
  if (!text) return null;
  const found = JSON.parse(text);
  const plain = found.view ?? {};
  // The page that is drawn and the example are the server's to tell, the rest may have changed since.
  const kept = Object.fromEntries(["example", "page"].filter((name) => name in plain).map((name) => [name, plain[name]]));
  const seen = what === "state" ? {...kept, ...view()} : kept;
  delete found.view;
  return Object.keys(seen).length ? {...found, view: seen} : found;
}

async function openShare() {
  const known = by("share-state");
  by("share-nothing").hidden = known !== null;
  by("share-something").hidden = known === null;
  document.querySelector('input[name="share-what"][value="state"]').checked = true;
  if (known) {
    by("share-contents").textContent = known.dataset.contents;
    by("share-left-out").textContent = known.dataset.leftOut ? `Not in it: ${known.dataset.leftOut}.` : "";
    by("share-stale").hidden = !isStale();
    by("share-local").hidden = !["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
    await draw();
  }
  if (!by("share").open) by("share").showModal();
}

const chosen = () => document.querySelector('input[name="share-what"]:checked').value;

async function draw() {
  const what = chosen();
  by("share-structure-note").hidden = what !== "structure";
  const shared = state(what);
  const made = shared && await pack(shared);
  if (what !== chosen()) return;
  fragment = made ?? "";
  const address = `${location.origin}/#${fragment}`;
  const offered = made !== null && address.length <= OFFERED;
  by("share-offer").hidden = !offered;
  by("share-link").value = offered ? address : "";
  by("share-length").textContent = offered ? `${address.length.toLocaleString("en")} characters` : "";
  warn(made === null ? Infinity : address.length);
  by("share").dispatchEvent(new Event("share-drawn"));
}

function warn(length) {
  const others = [...document.querySelectorAll('#share details[data-way]:not([data-way="link"])')];
  by("share-warning").hidden = length <= SAFE;
  by("share-warning").textContent = length <= OFFERED ? "▲ Some chat apps cut long links."
    : `▲ ${size(length)}; above ${OFFERED.toLocaleString("en")} characters none is offered, since too many apps cut it.${others.length ? " Choose another way below." : ""}`;
  by("share").dataset.way = length <= OFFERED ? "link" : others[0]?.dataset.way ?? "link";
  if (length > OFFERED && others.length) others[0].open = true;
}

const size = (length) => (length === Infinity ? "This is more than a link can hold" : `The link would have ${length.toLocaleString("en")} characters`);

async function copy() {
  const button = by("share-copy");
  try {
    await navigator.clipboard.writeText(by("share-link").value);
    button.textContent = "Copied";
  } catch {
    by("share-link").select();
    button.textContent = "Press Ctrl+C";
  }
  if (chosen() === "state" && !isStale()) keepInAddress(fragment);
  setTimeout(() => (button.textContent = "Copy link"), 1500);
}
