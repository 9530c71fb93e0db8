// The list of lessons works without scripts; this applies a theme at once and takes it along.

import * as theme from "./theme.js";

/** Links and forms of this page go on with the theme that is chosen. */
export function keepTheme() {
  document.addEventListener("change", ({target}) => {
    if (target.name !== "theme") return;
    for (const link of document.querySelectorAll("a[data-keep]")) {
      const address = new URL(link.href);
      if (target.value === "system") address.searchParams.delete("theme");
      else address.searchParams.set("theme", target.value);
      link.href = address;
    }
    for (const field of document.querySelectorAll("[data-theme-field]")) field.value = target.value;
  });
}

if (document.body.classList.contains("lessons-page")) {
  document.documentElement.classList.add("scripted");
  theme.install();
  keepTheme();
}
