// The inspector: details of one token in a fixed place.

import {elementAt, isPinned, onShow, release} from "./area.js";
import {visible} from "./glyphs.js";
import {fieldOf, fraction, island, likeliestAt, number, sourcesOf, tokenAt} from "./island.js";
import {canShow, showInPaste} from "./paste.js";

const AROUND = 60; // characters of a message quoted on each side of the token
const slot = (name) => document.querySelector(`#inspector [data-slot="${name}"]`);

export function install() {
  onShow((position) => show(position));
  document.getElementById("release").addEventListener("click", () => {
    release();
    document.querySelector("#tokens b.here")?.focus();
  });
  document.getElementById("show-in-paste").addEventListener("click", () => showInPaste(shown));
}

let shown = null;

function show(position) {
  shown = position === null ? null : tokenAt(position);
  document.querySelector("#inspector .no-token").hidden = shown !== null;
  document.querySelector("#inspector .with-token").hidden = shown === null;
  document.getElementById("inspector-title").textContent = shown
    ? `Position ${position.toLocaleString("en")} of ${island().total.toLocaleString("en")} tokens` : "Token";
  document.getElementById("release").hidden = !isPinned();
  if (!shown) return;
  big(shown);
  why(shown);
  source(shown);
  facts(shown);
  share(shown);
  likeliest(shown);
  neighbours(shown);
  findings(shown);
  document.getElementById("show-in-paste").hidden = !canShow(shown);
}

function big(token) {
  const drawn = elementAt(token.position);
  slot("token").className = stateClass(token, drawn);
  if (drawn) slot("token").replaceChildren(...[...drawn.childNodes].map((node) => node.cloneNode(true)));
  else slot("token").textContent = visible(token.piece);
}

function stateClass(token, drawn) {
  const state = {trained: "t", unused: "u", masked: ""}[token.state];
  const lens = [...(drawn?.classList ?? [])].filter((name) => /^[vwh]-\d$/.test(name));
  return [state, drawn?.classList.contains("w") ? "w" : "", token.special ? "s" : "", ...lens].filter(Boolean).join(" ");
}

const VERDICTS = {trained: "Trained", masked: "Masked", unused: "Labelled, but unused"};

/** The reason's sentence, its first word set off; `names` in backticks become code. */
function why(token) {
  const [head, ...rest] = token.reason.split(": ");
  const known = ["Trained", "Masked"].includes(head);
  const verdict = document.createElement("b");
  verdict.textContent = `${VERDICTS[token.state]}. `;
  const sentence = known ? rest.join(": ") : token.reason;
  const nodes = [verdict, ...withCode(capital(sentence))];
  if (token.state === "unused") nodes.push(" Nothing stands before it, so no prediction uses its label: it weighs nothing.");
  slot("why").replaceChildren(...nodes);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function withCode(text) {
  return text.split("`").map((piece, i) => (i % 2 ? element("code", piece) : document.createTextNode(visible(piece))));
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = visible(text);
  if (className) made.className = className;
  return made;
}

/** Where its characters came from, each source quoted with the token's part marked. */
function source(token) {
  const found = token.start < token.end ? sourcesOf(token).slice(0, 3) : [];
  const nodes = found.flatMap((one) => quoted(one));
  if (!found.length) nodes.push(element("p", "Added by the tokenizer; no character of the text.", "from"));
  slot("source").replaceChildren(...nodes);
}

function quoted({origin, offset, length, start, end}) {
  if (origin.kind === "message") return fromMessage(origin, origin.start + offset, length);
  if (origin.kind === "template") return fromTemplate(origin, start, end);
  if (origin.kind === "derived") return [element("p", `made from ${turn(origin.message)} · ${origin.field}`, "from"), marked("", island().slice(start, end), "")];
  return [element("p", named(origin), "from"), marked("", island().slice(start, end), "")];
}

/** A name in words is a framework's own format; a variable of a template has no spaces. */
function named(origin) {
  if (origin.kind !== "variable") return `template argument ${origin.name}`;
  return origin.name.includes(" ") ? `written by ${origin.name}` : `special token ${origin.name}`;
}

function turn(message) {
  const role = island().messages[message]?.role;
  return role ? `turn ${message + 1} (${role})` : `turn ${message + 1}`;
}

function fromMessage(origin, at, length) {
  const path = [origin.field, ...(origin.path ?? [])].join(".");
  const head = element("p", `${turn(origin.message)} · ${path}`, "from");
  const text = fieldOf(origin);
  if (text === null) return [head];
  const characters = Array.from(text);
  const first = Math.max(0, at - AROUND);
  const last = Math.min(characters.length, at + length + AROUND);
  const before = (first > 0 ? "…" : "") + characters.slice(first, at).join("");
  const after = characters.slice(at + length, last).join("") + (last < characters.length ? "…" : "");
  return [head, marked(before, characters.slice(at, at + length).join(""), after)];
}

function fromTemplate(origin, start, end) {
  const text = island().slice(start, end);
  if (!origin.line) return [element("p", "written by the chat template", "from"), marked("", text, "")];
  const line = island().template.split("\n")[origin.line - 1] ?? "";
  const head = element("p", `chat template, line ${origin.line}`, "from");
  const at = line.indexOf(text);
  if (at < 0) return [head, marked(line.trim(), "", "")];
  const from = Math.max(0, at - AROUND);
  return [head, marked((from ? "…" : "") + line.slice(from, at).trimStart(), text, line.slice(at + text.length, at + text.length + AROUND))];
}

function marked(before, text, after) {
  const line = document.createElement("p");
  line.append(visible(before));
  // Line breaks at the edge of a mark would not be seen.
  if (text) line.append(element("mark", text.replace(/\n/g, "↵\n").replace(/\n$/, "")), text.endsWith("\n") ? "\n" : "");
  line.append(visible(after));
  return line;
}

function facts(token) {
  const rows = [
    ["id", token.id], ["label", token.label],
    ["weight", token.weight],
    ["part", token.part.replaceAll("_", " ")],
    ["special", token.special ? "yes" : "no"],
    ["piece", token.piece, "code"],
    ["characters", characters(token)],
    ["predicted from", predictedFrom(token)],
    ["bytes", bytes(token), "bytes"],
  ];
  slot("facts").replaceChildren(...rows.flatMap(([name, value, kind = ""]) => [element("dt", name), element("dd", String(value), kind)]));
}

function characters(token) {
  if (token.start === token.end) return "none";
  return token.end - token.start === 1 ? String(token.start) : `${token.start}–${token.end - 1}`;
}

/** The UTF-8 of its characters; of a character that several tokens share, only their chips tell the bytes. */
function bytes(token) {
  const chips = elementAt(token.position)?.querySelectorAll("i.x") ?? [];
  const own = [...chips].map((chip) => chip.textContent).filter((text) => /^⟨[0-9A-F]{2}⟩$/.test(text));
  if (own.length) return own.map((text) => text.slice(1, 3).toLowerCase()).join(" ");
  if (token.shared) return "some of the character's";
  const all = [...new TextEncoder().encode(token.text)];
  const first = all.slice(0, 14).map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return all.length > 14 ? `${first} … ${all.length}` : first || "none";
}

function predictedFrom(token) {
  if (token.position === 0) return "nothing";
  const before = tokenAt(token.position - 1);
  return before ? `position ${before.position} “${short(before)}”` : `position ${token.position - 1}`;
}

function short(token) {
  const drawn = elementAt(token.position)?.textContent.replaceAll("\n", "") ?? token.piece;
  return drawn.length > 18 ? `${drawn.slice(0, 17)}…` : drawn;
}

function share(token) {
  const {losses, whole} = island();
  const part = token.contribution === null || !whole ? null : token.contribution / whole;
  slot("share").textContent = token.contribution === 0 ? "none" : part === null ? "unknown" : percent(part);
  slot("bar").setAttribute("width", part > 0 ? Math.max(1.5, 100 * part) : 0);
  const rows = [["coefficient", coefficient(token)]];
  if (losses) rows.push(["loss", nats(token.loss)], ["probability", number(token.probability)], ["rank", rank(token)], ["coefficient × loss", product(token)]);
  slot("weighs").replaceChildren(...rows.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}

const nats = (loss) => (loss === null ? "unknown" : `${number(loss)} nats`);
const rank = (token) => (token.rank === null ? "unknown" : token.rank === 1 ? "1, the likeliest" : token.rank.toLocaleString("en"));

function coefficient(token) {
  if (token.state === "masked") return "0, masked";
  if (token.state === "unused") return "0, labelled but unused";
  return token.coefficient === null ? "unknown" : fraction(token.coefficient);
}

/** Of a masked token the loss is what training on it would add to. */
function product(token) {
  return token.state === "trained" ? number(token.contribution) : "0";
}

function percent(part) {
  if (part < 0.001) return "under 0.1 %";
  return `${Number((100 * part).toPrecision(3))} %`;
}

/** Rows of a fixed height, so that going from token to token moves nothing. */
function likeliest(token) {
  const box = slot("likeliest-box");
  box.hidden = !island().losses?.likeliest;
  if (box.hidden) return;
  const target = token.state === "masked" ? token.id : token.label;
  const rows = likeliestAt(token.position).map((one) => likely(one, one.id === target));
  slot("likeliest").replaceChildren(...(rows.length ? rows : [element("li", "Nothing is predicted here.", "quiet")]));
}

function likely(one, isTarget) {
  const row = element("li", "", isTarget ? "target" : "");
  const piece = element("code", one.piece);
  piece.title = `id ${one.id}`;
  row.append(piece, gauge(one.probability), element("span", number(one.probability), "figure"));
  if (isTarget) row.append(element("span", "this token", "unseen"));
  return row;
}

function gauge(part) {
  const bar = drawing("rect", {class: "bar", width: 100 * part, height: 8});
  const made = drawing("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true"});
  made.append(drawing("rect", {class: "rail", width: 100, height: 8}), bar);
  return made;
}

function drawing(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function neighbours(token) {
  const drawn = [];
  for (let position = token.position - 2; position <= token.position + 2; position++) {
    const found = elementAt(position);
    if (!found || !tokenAt(position)) continue;
    const copy = found.cloneNode(true);
    copy.classList.remove("near");
    copy.classList.toggle("here", position === token.position);
    for (const name of ["tabindex", "role", "aria-label"]) copy.removeAttribute(name);
    drawn.push(copy);
  }
  slot("neighbours").replaceChildren(...drawn);
}

function findings(token) {
  const about = island().findings.filter(({tokens}) => tokens.some(([from, to]) => from <= token.position && token.position < to));
  slot("findings").replaceChildren(...about.map((finding) => {
    const box = element("p", "", "finding");
    box.append(element("b", finding.code), " ", ...withCode(finding.sentence));
    if (finding.fix) box.append(document.createElement("br"), element("code", finding.fix));
    return box;
  }));
}
