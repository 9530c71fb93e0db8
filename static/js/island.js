// What the server sent beside the drawing: columns of the drawn tokens, sources, reasons.
// Decoded once per result, when it is first asked for.

let decoded = null;
let decodedFrom = null;

/** The facts of the result on the page, or null where there is none. */
export function island() {
  const element = document.getElementById("island");
  if (element === decodedFrom) return decoded;
  decodedFrom = element;
  decoded = element ? decode(JSON.parse(element.content.textContent)) : null;
  return decoded;
}

function decode(data) {
  const columns = {...data.columns};
  for (const name of ["states", "special", "weights", "parts", "reasons", "messages", "coefficients"]) {
    columns[name] = unpack(columns[name], columns.ids.length);
  }
  // Offsets count characters; JavaScript counts UTF-16 units, which differ beyond the first 65,536.
  const characters = /[\ud800-\udfff]/.test(data.text) ? Array.from(data.text) : null;
  const slice = (start, end) => (characters ? characters.slice(start, end).join("") : data.text.slice(start, end));
  return {...data, columns, slice, end: data.start + columns.ids.length};
}

/** Run lengths and values by turns, as a plain column. */
function unpack(packed, length) {
  const column = new Array(length);
  let at = 0;
  for (let i = 0; i < packed.length; i += 2) {
    column.fill(packed[i + 1], at, at + packed[i]);
    at += packed[i];
  }
  return column;
}

const STATES = ["masked", "trained", "unused"];

/** Everything about the token at a position. */
export function tokenAt(position) {
  const data = island();
  if (!data || position < data.start || position >= data.end) return null;
  const {columns} = data;
  const i = position - data.start;
  const state = STATES[columns.states[i]];
  const label = columns.labels ? columns.labels[i] : state === "masked" ? -100 : columns.ids[i];
  const start = columns.starts[i];
  const end = columns.ends[i];
  return {
    position, state, label, start, end,
    id: columns.ids[i], piece: columns.pieces[i], special: columns.special[i] === 1,
    weight: columns.weights[i], part: data.parts[columns.parts[i]], message: columns.messages[i],
    reason: data.reasons[columns.reasons[i]] ?? "",
    ...weighed(data, i, state),
    text: data.slice(start, end),
    shared: (i > 0 && columns.starts[i - 1] < end && columns.ends[i - 1] > start)
      || (i + 1 < columns.ids.length && columns.starts[i + 1] < end && columns.ends[i + 1] > start),
  };
}

/** What a token weighs, and what the model says of it; null is not known. Ranks count from 1, the likeliest. */
function weighed({columns, losses}, i, state) {
  const coefficient = columns.coefficients[i];
  const loss = losses?.cross_entropy[i] ?? null;
  const rank = losses?.ranks?.[i] ?? -1;
  const counts = state === "trained" && coefficient !== 0;
  return {
    coefficient, loss,
    probability: loss === null ? null : Math.exp(-loss),
    rank: rank < 0 ? null : rank + 1,
    contribution: !counts ? 0 : !losses ? coefficient : coefficient === null || loss === null ? null : coefficient * loss,
  };
}

/** Up to five tokens that the model finds likeliest at a position. */
export function likeliestAt(position) {
  const {losses, start} = island();
  const row = losses?.likeliest?.[position - start] ?? [];
  const found = [];
  for (let i = 0; i < row.length; i += 2) found.push({id: row[i], piece: losses.pieces[row[i]], probability: row[i + 1]});
  return found;
}

/** The runs of text that a token covers: each an origin, and the characters of the token in it. */
export function sourcesOf(token) {
  const {origins, starts, origin_ids: ids} = island().sources;
  const total = island().text.length;
  const found = [];
  for (let run = runAt(starts, token.start); run < starts.length && starts[run] < token.end; run++) {
    const runEnd = run + 1 < starts.length ? starts[run + 1] : total;
    const start = Math.max(token.start, starts[run]);
    const end = Math.min(token.end, runEnd);
    if (start < end) found.push({origin: origins[ids[run]], offset: start - starts[run], length: end - start, start, end});
  }
  return found;
}

/** The last run that begins at or before a character. */
function runAt(starts, character) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= character) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The string that a message origin points into, or null. */
export function fieldOf(origin) {
  let value = island().messages[origin.message]?.[origin.field];
  for (const key of origin.path ?? []) value = value?.[key];
  return typeof value === "string" ? value : null;
}

/** Four digits at most; `instead` where it is not known. */
export function number(value, instead = "unknown") {
  return value === null ? instead : String(Number(value.toPrecision(4)));
}

/** A coefficient as a person writes it: 1/15 where it is one over a whole number. */
export function fraction(share) {
  if (!share) return "0";
  const whole = Math.round(1 / share);
  return whole > 1 && Math.abs(share * whole - 1) < 1e-9 ? `1/${whole.toLocaleString("en")}` : number(share);
}
