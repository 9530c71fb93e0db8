// Starts everything once, and again what belongs to a result whenever a new one is swapped in.

import * as announce from "./announce.js";
import * as area from "./area.js";
import * as ask from "./ask.js";
import * as draft from "./draft.js";
import * as form from "./form.js";
import * as help from "./help.js";
import * as inspector from "./inspector.js";
import * as keyboard from "./keyboard.js";
import * as lens from "./lens.js";
import * as link from "./link.js";
import * as overview from "./overview.js";
import * as panes from "./panes.js";
import * as picture from "./picture.js";
import * as predict from "./predict.js";
import * as present from "./present.js";
import * as request from "./request.js";
import * as share from "./share.js";
import * as shift from "./shift.js";
import * as store from "./store.js";
import * as table from "./table.js";
import * as theme from "./theme.js";

function begin() {
  lens.begin();
  area.begin();
  table.begin();
  shift.begin();
}

document.documentElement.classList.add("scripted");
for (const part of [inspector, area, announce, ask, draft, form, help, keyboard, lens, overview, panes, picture, predict, present, request, share, shift, store, table, theme]) {
  part.install();
}
begin();
link.install();
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "result") {
    begin();
    predict.stop();
    announce.tellVerdict();
  }
  if (["result", "errors"].includes(event.target.id)) {
    request.settled();
    link.settled();
  }
});
