// The Table view: every drawn token as a row, sorted and paged here.

import {currentPosition, elementAt, go, onShow} from "./area.js";
import {visible} from "./glyphs.js";
import {fraction, island, number, tokenAt} from "./island.js";

const PAGE = 500;
let order = null; // positions in the order of the table, or null for the text's own
let sorted = {key: "position", down: false};
let page = 0;

export function install() {
  document.addEventListener("change", (event) => {
    if (event.target.id === "view-table") draw();
  });
  document.addEventListener("click", (event) => {
    const head = event.target.closest?.("#table th button");
    if (head) return sort(head.closest("th").dataset.key);
    const pager = event.target.closest?.("#table-pager button");
    if (pager) return turnPage(Number(pager.dataset.step));
    const row = event.target.closest?.("#table tbody tr");
    if (row && !document.getSelection().toString()) go(Number(row.dataset.position));
    return undefined;
  });
  onShow((position) => choose(position));
}

/** A new result: draw the table where it is in view. */
export function begin() {
  order = null;
  sorted = {key: "position", down: false};
  page = 0;
  for (const head of document.querySelectorAll("#table th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
  }
  draw();
}

const positions = () => (order ??= Array.from({length: island().columns.ids.length}, (_, i) => island().start + i));

function draw() {
  const table = document.getElementById("table");
  if (!table || !island() || !document.getElementById("view-table").checked) return;
  const shown = positions().slice(page * PAGE, (page + 1) * PAGE);
  table.tBodies[0].replaceChildren(...shown.map(row));
  for (const head of table.querySelectorAll("th")) {
    if (head.dataset.key === sorted.key) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  status(shown.length);
  choose(currentPosition());
}

function status(count) {
  const total = positions().length;
  const first = page * PAGE;
  document.getElementById("table-status").textContent = total > PAGE
    ? `Rows ${first + 1}–${first + count} of ${total.toLocaleString("en")}` : `${total} tokens, one a row`;
  const pager = document.getElementById("table-pager");
  pager.hidden = total <= PAGE;
  const [back, forth] = pager.querySelectorAll("button");
  back.disabled = page === 0;
  forth.disabled = first + count >= total;
}

function turnPage(step) {
  page += step;
  draw();
  document.querySelector(".panel-table").scrollTop = 0;
}

function sort(key) {
  sorted = {key, down: sorted.key === key && !sorted.down};
  const value = valueOf(key);
  const sign = sorted.down ? -1 : 1;
  order = positions().map((position) => [value(tokenAt(position)) ?? null, position])
    .sort(([a, p], [b, q]) => unknownLast(a, b) || (a < b ? -sign : a > b ? sign : p - q))
    .map(([, position]) => position);
  page = 0;
  draw();
}

/** What is not known stands at the end, whichever way the rows go. */
const unknownLast = (a, b) => (a === null) - (b === null);

function valueOf(key) {
  if (key === "turn") return (token) => token.message;
  return (token) => token[key];
}

function row(position) {
  const token = tokenAt(position);
  const made = document.createElement("tr");
  made.className = token.state;
  made.dataset.position = position;
  const turn = token.message < 0 ? "" : token.message + 1;
  const cells = [position, drawn(token), token.id, token.label, token.state, token.part.replaceAll("_", " "), turn, coefficient(token)];
  for (const cell of [...cells, ...known(token), bare(token.reason)]) {
    const data = document.createElement("td");
    if (typeof cell === "number") data.className = "number";
    const isFraction = typeof cell === "number" && !Number.isInteger(cell);
    data.append(isFraction ? number(cell) : typeof cell === "string" ? visible(cell) : cell);
    made.append(data);
  }
  made.children[1].className = "tokens";
  return made;
}

/** Empty for a masked token; a label that no prediction uses weighs nothing. */
function coefficient(token) {
  if (token.state !== "trained") return token.state === "unused" ? "0" : "";
  return token.coefficient === null ? "unknown" : fraction(token.coefficient);
}

/** Loss, probability, rank and weighed loss, in the order of the head; none where no losses are known. */
function known(token) {
  if (!island().losses) return [];
  const weighed = token.state === "trained" ? token.contribution : null;
  return [token.loss, token.probability, token.rank, weighed].map((value) => value ?? "");
}

/** The reason without its first word, which the state's column says. */
const bare = (reason) => reason.replace(/^(Trained|Masked): /, "");

function drawn(token) {
  const copy = elementAt(token.position).cloneNode(true);
  copy.classList.remove("near", "here");
  for (const name of ["tabindex", "role", "aria-label"]) copy.removeAttribute(name);
  return copy;
}

function choose(position) {
  document.querySelector("#table tr.chosen")?.classList.remove("chosen");
  document.querySelector(`#table tr[data-position="${position}"]`)?.classList.add("chosen");
}
