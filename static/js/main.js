// Starts everything once, and again what belongs to a result whenever a new one is swapped in.

import * as announce from "./announce.js";
import * as area from "./area.js";
import * as ask from "./ask.js";
import * as form from "./form.js";
import * as help from "./help.js";
import * as inspector from "./inspector.js";
import * as keyboard from "./keyboard.js";
import * as overview from "./overview.js";
import * as panes from "./panes.js";
import * as request from "./request.js";
import * as table from "./table.js";
import * as theme from "./theme.js";

function begin() {
  area.begin();
  table.begin();
}

document.documentElement.classList.add("scripted");
for (const part of [inspector, area, announce, ask, form, help, keyboard, overview, panes, request, table, theme]) {
  part.install();
}
begin();
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "result") {
    begin();
    announce.tellVerdict();
  }
  if (["result", "errors"].includes(event.target.id)) request.settled();
});
