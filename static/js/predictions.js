// What the model is asked for at each position, in facts and in words; app/web/views/predictions.py
// says the same for readers without scripts, and a test in the browser holds the two together.

import {elementAt} from "./area.js";
import {island, likeliestAt, tokenAt} from "./island.js";

const LONGEST = 40; // characters of a token that a sentence quotes
const MOST_QUOTED = 3; // tokens quoted as what stands before, where the last ones are white space alone
const MOST_COLUMNS = 12;
const CONTEXT = 80; // characters quoted before the token asked for
const SAID = ["content", "thinking", "tool_call"];
const ENDS = ["end_of_turn", "eos"];

/** The token before the first drawn, which another page of tokens draws. */
const earlier = () => document.getElementById("shift").dataset.earlier;

/** A token as it is drawn, on one line. */
export function shown(position) {
  return position < island().start ? earlier() : elementAt(position).textContent.replaceAll("\n", "");
}

function before(position) {
  if (position === 0) return "";
  let first = position - 1;
  while (first > island().start && position - first < MOST_QUOTED && /^[·↵→]*$/.test(shown(first))) first -= 1;
  return Array.from({length: position - first}, (_, i) => shown(first + i)).join("");
}

/** The prediction of a drawn token: what stands before, what is asked for, and what is known of it. */
export function predictionAt(position) {
  const token = tokenAt(position);
  const [likeliest] = likeliestAt(position);
  const asked = token.label === -100 ? token.id : token.label;
  return {
    ...token,
    before: before(position),
    token: shown(position),
    answer: answer(token),
    last: position + 1 === island().total,
    prompt: token.part === "generation_prompt",
    likeliest: likeliest ? {...likeliest, asked: likeliest.id === asked} : null,
  };
}

function answer({position, part, message}) {
  const role = island().messages[message]?.role;
  if (ENDS.includes(part) && (role === "assistant" || (part === "eos" && message < 0))) {
    return tokenAt(position - 1)?.part === part ? null : "ends";
  }
  return role === "assistant" && SAID.includes(part) && isFirst(position, message) ? "begins" : null;
}

/** Whether nothing of its message is said before; no where another page draws how it begins. */
function isFirst(position, message) {
  const {columns, parts, start} = island();
  for (let i = position - 1 - start; i >= 0; i--) {
    if (columns.messages[i] !== message) return true;
    if (SAID.includes(parts[columns.parts[i]])) return false;
  }
  return start === 0;
}

/** One prediction in sentences: pieces of text, those that are code as `{code}`. */
export function words(one) {
  const rest = place(one) + weight(one) + last(one);
  return [...asked(one), rest, ...known(one)].filter(Boolean);
}

const code = (text) => ({code: short(text)});

function asked(one) {
  if (one.position === 0) {
    const unused = one.state === "unused" ? " It has a label, but no prediction uses it." : "";
    return ["Position 0, ", code(one.token), `, is never predicted: nothing stands before it.${unused}`];
  }
  const head = ["After ", code(one.before), ` (position ${one.position - 1}) the model is asked for `];
  const at = `(position ${one.position})`;
  if (one.state === "masked") return [...head, code(one.token), ` ${at}: masked. The prediction happens, but its loss is ignored.`];
  if (one.label === one.id) return [...head, code(one.token), ` ${at}: trained.`];
  return [...head, `id ${one.label} ${at}: trained. The label differs from the token there, `, code(one.token), ` (id ${one.id}).`];
}

function place(one) {
  if (one.position === 0 || !one.answer) return "";
  if (one.answer === "begins") return " It is the first word of the answer: generation starts here.";
  if (one.state === "trained") return " It ends the answer: this prediction teaches to stop.";
  return " It ends the answer: masked, it does not teach to stop.";
}

function weight(one) {
  if (one.state !== "trained" || one.weight === 1) return "";
  return ` Its weight is ${Number(one.weight.toPrecision(4))}${one.weight === 0 ? ", so it adds nothing" : ""}.`;
}

function last(one) {
  if (!one.last) return "";
  const prompt = one.prompt ? " At inference, generation starts after it." : "";
  return ` It is the last token: no label follows, so nothing is predicted from it.${prompt}`;
}

function known(one) {
  if (one.position === 0 || one.probability === null) return [];
  const given = ` The model gives it probability ${odds(one.probability)}`;
  if (!one.likeliest) return [`${given}.`];
  if (one.likeliest.asked) return [`${given}, more than any other token.`];
  return [`${given}; the likeliest is `, code(one.likeliest.piece), ` (${odds(one.likeliest.probability)}).`];
}

/** One prediction in a few words, to be heard. */
export function brief(one) {
  const itself = `${spoken(one.token)}, position ${one.position}`;
  if (one.position === 0) return `Never predicted: ${itself}.`;
  const wanted = [one.id, -100].includes(one.label) ? itself : `id ${one.label}, position ${one.position}`;
  const state = one.state === "trained" ? "trained" : "masked";
  const given = one.probability === null ? "" : `, probability ${odds(one.probability)}`;
  return `After ${spoken(one.before)}, position ${one.position - 1}: ${wanted}, ${state}${given}.`;
}

/** A probability in two digits that never rounds something to nothing or nearly all to all. */
export function odds(probability) {
  if (probability < 0.005) return "under 0.01";
  if (probability > 0.995 && probability < 1) return "over 0.99";
  return probability.toFixed(2);
}

function short(text) {
  const characters = Array.from(text);
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join("")}…`;
}

/** A drawn token as it is read aloud. */
export function spoken(drawn) {
  const plain = drawn.replaceAll("↵", " line break ").replaceAll("→", " tab ").replaceAll("·", " ");
  return short(plain.split(" ").filter(Boolean).join(" ")) || "space";
}

/** Up to twelve positions around one, each with its rank: which go first where there is little room. */
export function spanAround(position) {
  const {start, end, total} = island();
  const high = end === total ? total : end - 1;
  const ranks = new Map([[position, 0]]);
  let [first, final] = [position, position];
  while (ranks.size < Math.min(MOST_COLUMNS, high - start + 1)) {
    const back = first > start && (final === high || position - first <= final - position);
    ranks.set(back ? --first : ++final, ranks.size);
  }
  return [...ranks].sort(([one], [other]) => one - other);
}

/** The text before the token that is asked for, its line breaks made visible. */
export function contextOf(one) {
  const {columns, start, slice} = island();
  if (one.position === 0) return "";
  const ends = columns.ends.slice(0, one.position - start);
  const end = one.start < one.end ? one.start : ends.reduce((most, next) => Math.max(most, next), 0);
  const first = Math.max(0, end - CONTEXT);
  return (first ? "…" : "") + slice(first, end).replaceAll("\n", "↵\n");
}
