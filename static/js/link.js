// Opening a link: its state is unpacked here and computed again through the form's own POST.
// The address keeps the link until another result takes the place of the linked one.

import {begin, currentPosition, isPinned, select} from "./area.js";
import * as request from "./request.js";
import {isLink, LinkError, unpack} from "./state.js";

const by = (id) => document.getElementById(id);
let sending = false; // a link's own request is being made
let opening = null; // the state on its way through the server
let opened = ""; // the fragment that the result on the page belongs to

export function install() {
  addEventListener("hashchange", open);
  // htmx would tell the server the whole address, and with it what the link holds.
  document.addEventListener("htmx:configRequest", ({detail: {headers}}) => delete headers["HX-Current-URL"]);
  by("form").addEventListener("htmx:beforeRequest", left);
  open();
}

/** The result on the page is what this fragment holds: it becomes the page's address. */
export function keepInAddress(fragment) {
  opened = `#${fragment}`;
  const address = new URL(location.href);
  address.hash = opened;
  history.replaceState(null, "", address);
}

async function open() {
  const {hash} = location;
  if (!isLink(hash) || hash === opened) return;
  opened = hash;
  try {
    const {text, value} = await unpack(hash);
    if (hash === location.hash) send(text, value);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    request.fail("The link cannot be opened", error.message);
    by("stale").hidden = !request.isStale();
  }
}

/** The state alone is sent; what stands in the form is replaced by the answer. */
function send(text, value) {
  document.activeElement?.blur();
  by("result").classList.add("dim");
  by("form").addEventListener("htmx:configRequest", ({detail: {formData}}) => {
    for (const name of [...formData.keys()]) formData.delete(name);
    formData.set("state", text);
  }, {once: true});
  sending = true;
  window.htmx.ajax("POST", "/", {source: by("form"), target: "#result"});
  sending = false;
  opening = value;
}

/** Another request: what comes of it is no longer what the link holds. */
function left(event) {
  if (event.target !== by("form") || sending) return;
  opening = null;
  if (!opened) return;
  opened = "";
  const address = new URL(location.href);
  address.hash = "";
  history.replaceState(null, "", address);
}

/** After a swap: the view as its author left it, and what came of the link for those who listen. */
export function settled() {
  if (!opening) return;
  const seen = opening.view ?? {};
  opening = null;
  if (!by("tokens")) begin();
  by("stale").hidden = !request.isStale();
  if (document.querySelector("#errors .failure")) return;
  for (const name of ["lens", "theme"]) choose(name, seen[name]);
  if (seen.pin) select(seen.pin[0], {pin: true, block: "center"});
  const told = by("shared")?.textContent.trim().replace(/\s+/g, " ");
  if (told) by("announce").textContent = told;
}

function choose(name, value) {
  const choice = [...document.querySelectorAll(`input[name="${name}"]`)].find((one) => one.value === value);
  if (choice && !choice.checked) choice.click();
}

/** What is in sight, as a link keeps it; what is at its default is left out. */
export function view() {
  const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value;
  const found = {};
  if (chosen("view") && chosen("view") !== "text") found.tab = chosen("view");
  if (chosen("lens") && chosen("lens") !== "label") found.lens = chosen("lens");
  if (by("would")?.checked) found.would = true;
  if (isPinned()) found.pin = [currentPosition(), currentPosition() + 1];
  return found;
}
