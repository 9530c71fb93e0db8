// The compare page works without scripts; this goes from difference to difference, sends choices that
// change what can be chosen, and applies a theme at once.

import * as theme from "./theme.js";

const by = (id) => document.getElementById(id);
let now = 0; // the number of the current difference, from 1; 0 before the first
let focused = ""; // the field that had the focus when a request went out

document.documentElement.classList.add("scripted");
theme.install();

const count = () => Number(by("compare-bar")?.dataset.count ?? 0);
const narrow = () => matchMedia("(max-width: 719px)").matches;
const shown = () => (narrow() && by("shown-b")?.checked ? "b" : "a");

/** Where a difference is drawn, on the side that is shown or that has its tokens. */
function markOf(number) {
  const sides = shown() === "a" ? ["a", "b"] : ["b", "a"];
  const marks = sides.map((side) => by(`${side}-${number}`)).filter(Boolean);
  return marks.find((mark) => mark.checkVisibility() && !mark.classList.contains("missing"))
    ?? marks.find((mark) => mark.checkVisibility()) ?? null;
}

/** Make a difference the current one; those that are not drawn are passed over. */
function go(number, direction = 0) {
  const total = count();
  if (!total) return;
  let wanted = number;
  for (let tries = 0; tries < total; tries++) {
    wanted = ((wanted - 1 + total) % total) + 1;
    if (markOf(wanted) || !direction) break;
    wanted += direction;
  }
  const mark = markOf(wanted);
  if (!mark) return;
  now = wanted;
  for (const old of document.querySelectorAll(".diff.now")) old.classList.remove("now");
  for (const part of document.querySelectorAll(`[data-difference="${now}"]`)) part.classList.add("now");
  tell();
  mark.focus({preventScroll: true});
  mark.scrollIntoView({block: "center", inline: "nearest"});
}

/** The current difference in words, with its tokens where the list has them. */
function tell() {
  const row = document.querySelector(`[data-listed="${now}"]`);
  const sentence = markOf(now)?.querySelector(".unseen").textContent.trim().replace(/:( nothing here\.)?$/, "") ?? "";
  by("where-difference").textContent = `${now.toLocaleString("en")} of ${count().toLocaleString("en")}`;
  const line = by("now-difference");
  const head = document.createElement("b");
  head.textContent = sentence;
  line.replaceChildren(head);
  const [a, b] = row ? [toldOf(row.cells[2]), toldOf(row.cells[3])] : ["", ""];
  if (row) line.append(a === b ? `. In both ${a}.` : `. A: ${a}. B: ${b}.`);
  line.hidden = false;
  by("announce").textContent = `Difference ${now} of ${count()}. ${line.textContent}`;
}

function toldOf(cell) {
  const tokens = [...cell.querySelectorAll("li")];
  if (!tokens.length) return "nothing";
  const all = (name) => tokens.map((one) => one.querySelector(name).textContent).join(" ");
  const more = cell.querySelector("ul + p.quiet") ? " …" : "";
  return `from token ${tokens[0].querySelector(".quiet").textContent}, ids ${all("code")}${more}, pieces ${all(".piece")}${more}`;
}

const next = () => go(now + 1, 1);
const previous = () => go(now ? now - 1 : count(), -1);

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest?.("#next-difference")) return next();
  if (target.closest?.("#previous-difference")) return previous();
  const link = target.closest?.("[data-jump]");
  if (link) {
    event.preventDefault();
    return go(Number(link.dataset.jump));
  }
  const mark = target.closest?.(".compared .diff");
  return mark ? go(Number(mark.dataset.difference)) : undefined;
});

// Single letters only where the tokens or the bar have the focus.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!event.target.closest?.("#compared, .jumps")) return;
  if (event.key !== "n" && event.key !== "p") return;
  event.preventDefault();
  if (event.key === "n") next();
  else previous();
});

// A choice that changes what else can be chosen is sent at once.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-submits]")) return;
  focused = event.target.id;
  by("form").requestSubmit();
});

// Buttons that lead to other pages have forms of their own, which htmx leaves alone.
document.body.addEventListener("htmx:beforeRequest", () => {
  focused = document.activeElement?.id || focused;
  by("result").classList.add("dim");
});
// Folds that the user opened stay open when the form comes anew.
document.body.addEventListener("htmx:oobBeforeSwap", ({detail: {target, fragment}}) => {
  if (target.id !== "compare-form") return;
  for (const fold of target.querySelectorAll("details[id]")) {
    const fresh = fragment.querySelector(`#${fold.id}`);
    if (fresh && fold.open) fresh.open = true;
  }
});
document.body.addEventListener("htmx:afterRequest", () => by("result").classList.remove("dim"));
document.body.addEventListener("htmx:afterSettle", (event) => {
  const failure = event.target.id === "errors" && document.querySelector("#errors .failure");
  if (failure) return failure.focus();
  if (event.target.id !== "result") return undefined;
  now = 0;
  if (focused && document.activeElement === document.body) by(focused)?.focus({preventScroll: true});
  focused = "";
  by("announce").textContent = by("verdict")?.textContent ?? "";
  return undefined;
});

// htmx complains of every request that was stopped; a newer one stopping it is no fault.
window.htmx.logger = (element, event, detail) => {
  if (detail.xhr?.status === 0 && ["htmx:sendAbort", "htmx:afterRequest"].includes(event)) delete detail.error;
};
