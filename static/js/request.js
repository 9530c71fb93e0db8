// Sending the form: when it is sent by itself, and what the page says meanwhile and when it fails.

import {visible} from "./glyphs.js";
import {island} from "./island.js";

const QUIET = 400; // milliseconds after the last edit
const SMALL = 2000; // tokens up to which edits are sent by themselves
const PATIENCE = 300; // milliseconds before the page says that it works
const POLL = 500;

const by = (id) => document.getElementById(id);
const form = () => by("form");
let editTimer = 0;
let busyTimer = 0;
let pollTimer = 0;
let automatic = false;
let editedMeanwhile = false;
let sent = ""; // what the form held when it was last sent

export function install() {
  sent = held();
  // A button with an address of its own leaves the page, which htmx would turn into a swap.
  document.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) event.stopImmediatePropagation();
  }, true);
  form().addEventListener("input", edited);
  form().addEventListener("change", edited);
  // Finding losses is a request of its own, from a button within the form.
  form().addEventListener("htmx:beforeRequest", (event) => event.target === form() && begun());
  form().addEventListener("htmx:afterRequest", (event) => event.target === form() && ended());
  document.body.addEventListener("htmx:beforeSwap", explain);
  document.body.addEventListener("htmx:oobBeforeSwap", keepTyped);
  document.body.addEventListener("htmx:sendError", () => fail("The server does not answer", "It may have been stopped. Start it again and recompute; your input is kept."));
  by("cancel").addEventListener("click", cancel);
  // htmx complains of every request that was stopped; a newer edit or Cancel stopping one is no fault.
  window.htmx.logger = (element, event, detail) => {
    if (detail.xhr?.status === 0 && ["htmx:sendAbort", "htmx:afterRequest"].includes(event)) delete detail.error;
  };
}

/** What an analysis depends on. */
function held() {
  const fields = new URLSearchParams(new FormData(form()));
  for (const name of ["view", "theme", "lens", "would", "losses", "loss_model", "loss_values", "loss_kind", "loss_alignment"]) fields.delete(name);
  return fields.toString();
}

/** Whether the input was edited since the result on the page. */
export const isStale = () => held() !== sent && by("tokens") !== null;

function edited(event) {
  clearTimeout(editTimer);
  by("stale").hidden = !isStale() || !by("busy").hidden;
  if (held() === sent || !sendsItself(event)) return;
  editTimer = setTimeout(() => {
    automatic = true;
    form().requestSubmit();
  }, QUIET);
}

/** Small conversations follow every edit; a name of a tokenizer is complete only when it is left. */
function sendsItself(event) {
  if (by("tokens") && (island()?.total ?? 0) >= SMALL) return false;
  if (by("conversation").value.length > 8 * SMALL) return false;
  return event.target.id !== "tokenizer" || event.type === "change";
}

function begun() {
  clearTimeout(editTimer);
  sent = held();
  clearTimeout(busyTimer);
  busyTimer = setTimeout(showBusy, PATIENCE);
}

function showBusy() {
  by("result").classList.add("dim");
  by("stale").hidden = true;
  by("busy-text").textContent = "Analysing…";
  by("busy").hidden = false;
  poll();
}

/** A tokenizer on its way from the Hub says how far it is. */
async function poll() {
  const name = by("tokenizer").value.trim();
  if (!name.includes("/")) return;
  const asked = name.includes(":") ? name : `hub:${name}`;
  try {
    const answer = await fetch(`/api/downloads?tokenizer=${encodeURIComponent(asked)}`);
    if (answer.ok) tellProgress(name, await answer.json());
  } catch {
    // The analysis itself will say what is wrong.
  }
  if (!by("busy").hidden) pollTimer = setTimeout(poll, POLL);
}

function tellProgress(name, progress) {
  if (!progress.step || progress.step === "none" || progress.step === "done") return;
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const size = progress.total ? ` (${megabytes(progress.bytes)} of ${megabytes(progress.total)} MB)` : "";
  by("busy-text").textContent = `Loading tokenizer ${name}${size}…`;
}

function ended() {
  clearTimeout(busyTimer);
  clearTimeout(pollTimer);
  by("busy").hidden = true;
  by("result").classList.remove("dim");
  by("stale").hidden = !isStale();
}

function cancel() {
  window.htmx.trigger(form(), "htmx:abort");
  const name = by("tokenizer").value.trim();
  if (name.includes("/")) {
    const asked = name.includes(":") ? name : `hub:${name}`;
    fetch(`/api/downloads?tokenizer=${encodeURIComponent(asked)}`, {method: "DELETE"}).catch(() => {});
  }
  sent = "";
  ended();
}

/** After a swap: the result is fresh, or the failure is shown and its field marked. */
export function settled() {
  const failure = document.querySelector("#errors .failure");
  for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!failure) {
    automatic = false;
    // Fields that came with the answer are no edit of the user's.
    if (!editedMeanwhile) sent = held();
    by("stale").hidden = !isStale();
    return;
  }
  const field = fieldOf(failure.dataset.field);
  field?.setAttribute("aria-invalid", "true");
  by("stale").hidden = !by("tokens");
  // Who is typing is not torn away from the place by an analysis that started by itself.
  if (!automatic) (field ?? failure).focus();
  automatic = false;
}

function fieldOf(name) {
  if (name === "template") return by("template").value === "pasted" ? by("template_source") : by("template");
  if (name === "strategy") return document.querySelector('input[name="strategy"]:checked');
  if (name === "arguments") return by("more_arguments");
  return by(name);
}

/** What a fragment would overwrite while it is being edited stays as typed. */
function keepTyped(event) {
  const {target, fragment} = event.detail;
  if (!target.closest("#form")) return;
  const names = (root) => [...root.querySelectorAll("[name]")].map((field) => field.name).join();
  const busyHere = target.contains(document.activeElement) && document.activeElement.name;
  if (busyHere && names(target) === names(fragment)) event.detail.shouldSwap = false;
}

/** Answers that are no fragment, from beyond the page's own code. */
function explain(event) {
  const {xhr} = event.detail;
  editedMeanwhile = held() !== sent;
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (xhr.status < 400) return;
  if (type.startsWith("text/html")) {
    event.detail.target = by("errors");
    event.detail.shouldSwap = true;
    return;
  }
  event.detail.shouldSwap = false;
  let problem = {};
  try {
    problem = JSON.parse(xhr.responseText);
  } catch {
    // No document; the status has to do.
  }
  fail(problem.title ?? "The server could not answer", problem.detail ?? `It answered with status ${xhr.status}.`);
}

/** Say what went wrong, in place of the answer. */
export function fail(title, detail) {
  const box = document.createElement("section");
  box.className = "failure";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  box.dataset.field = "none";
  const head = document.createElement("h2");
  head.textContent = visible(title);
  const text = document.createElement("p");
  text.textContent = visible(detail);
  box.append(head, text);
  by("errors").replaceChildren(box);
  settled();
}
