// Small comforts of the form: the template editor, jumping to fields, summaries that follow edits.

import {island} from "./island.js";

const by = (id) => document.getElementById(id);

export function install() {
  document.addEventListener("click", (event) => {
    const pick = event.target.closest?.(".pick");
    if (pick) return jump(event, pick.hash.slice(1));
    return event.target.id === "copy-template" ? copyTemplate() : undefined;
  });
  by("form").addEventListener("input", (event) => {
    if (event.target.id === "template_source") by("template").value = "pasted";
  });
  by("form").addEventListener("change", (event) => {
    if (event.target.id === "template" && event.target.value === "pasted") openEditor();
  });
}

function copyTemplate() {
  by("template_source").value = island()?.template ?? "";
  by("template_source").focus();
}

function openEditor() {
  by("editor").open = true;
  by("template_source").focus();
}

function jump(event, id) {
  event.preventDefault();
  document.body.classList.remove("folded");
  const field = id === "strategies" ? document.querySelector('input[name="strategy"]:checked') : by(id);
  field.focus();
  field.scrollIntoView({block: "nearest"});
}
