// What tokens are coloured by. The style sheet does the colouring; here the choice is kept.

import {fraction, island, number} from "./island.js";

let chosen = null; // what was picked since the last request went out, or null
let would = null;

const picked = () => document.querySelector('input[name="lens"]:checked')?.value ?? "label";

export function install() {
  document.addEventListener("change", ({target}) => {
    if (target.name === "would") would = target.checked;
    if (target.name !== "lens") return;
    chosen = target.value;
    keepInAddress(chosen);
  });
  document.body.addEventListener("htmx:beforeRequest", () => {
    chosen = null;
    would = null;
  });
}

/** A new result comes with a lens, most often the posted one; what was picked meanwhile counts. */
export function begin() {
  const choice = chosen && document.getElementById(`lens-${chosen}`);
  if (choice) choice.checked = true;
  const box = document.getElementById("would");
  if (box && would !== null) box.checked = would;
}

/** In the page's address, so that nothing is stored. */
function keepInAddress(lens) {
  const address = new URL(location.href);
  if (lens === "label") address.searchParams.delete("lens");
  else address.searchParams.set("lens", lens);
  history.replaceState(null, "", address);
}

/** What the lens shows of a token, in words; empty by label. */
export function told(token) {
  const lens = picked();
  if (lens === "loss" && island().losses) return token.loss === null ? "loss unknown" : `loss ${number(token.loss)} nats`;
  if (lens !== "weight" || token.state === "masked") return "";
  if (token.state === "unused") return "weighs nothing";
  return token.coefficient === null ? "weight unknown" : `weighs ${fraction(token.coefficient)}`;
}
