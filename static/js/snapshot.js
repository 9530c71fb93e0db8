// The page of a stored snapshot: the main page's own parts, without those that change or send anything.

import * as announce from "./announce.js";
import * as area from "./area.js";
import * as ask from "./ask.js";
import * as help from "./help.js";
import * as inspector from "./inspector.js";
import {secretOf} from "./kept.js";
import * as keyboard from "./keyboard.js";
import * as lens from "./lens.js";
import * as overview from "./overview.js";
import * as panes from "./panes.js";
import * as shift from "./shift.js";
import * as table from "./table.js";
import * as theme from "./theme.js";

document.documentElement.classList.add("scripted");
for (const part of [inspector, area, announce, ask, help, keyboard, lens, overview, panes, shift, table, theme]) part.install();
for (const part of [lens, area, table, shift]) part.begin();

const {pin} = document.getElementById("result").dataset;
if (pin) area.select(Number(pin), {pin: true, block: "center"});

const manage = document.getElementById("manage");
manage.hidden = secretOf(manage.dataset.id) === null;
