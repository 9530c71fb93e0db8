// The page of every framework at a glance works without scripts; this applies a theme at once.

import * as theme from "./theme.js";

document.documentElement.classList.add("scripted");
theme.install();
