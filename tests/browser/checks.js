// Checks of accessibility over the page as it stands; each gives what offends.
({
  unnamed() {
    const named = (control) => control.getAttribute("aria-label") || control.textContent.trim() || control.title
      || [...(control.labels ?? [])].some((label) => label.textContent.trim());
    const controls = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
    return [...controls].filter((control) => control.checkVisibility() && !named(control)).map(outline);
    function outline(control) { return control.outerHTML.slice(0, 120); }
  },

  headings() {
    return [...document.querySelectorAll("h1, h2, h3, h4")]
      .filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1]));
  },

  dangling() {
    return ["aria-labelledby", "aria-describedby", "for"].flatMap((name) => [...document.querySelectorAll(`[${name}]`)]
      .flatMap((element) => element.getAttribute(name).split(" "))
      .filter((id) => !document.getElementById(id)));
  },

  doubleIds() {
    return [...document.querySelectorAll("[id]")].map((element) => element.id)
      .filter((id, index, all) => all.indexOf(id) !== index);
  },

  smallTargets(least) {
    const inputs = "input:not([type=hidden], [type=radio], [type=checkbox])";
    return [...document.querySelectorAll(`button, ${inputs}, select, summary`)]
      // A link within a sentence may be as small as the sentence.
      .filter((control) => control.checkVisibility() && !control.matches(".unseen, .change > summary"))
      .filter((control) => control.getBoundingClientRect().height < least - 0.5)
      .map((control) => control.outerHTML.slice(0, 120));
  },

  // Text against what is painted under it, colours blended where they let through.
  faint(least) {
    const parse = (text) => {
      const numbers = text.match(/[\d.]+/g).map(Number);
      const scale = text.startsWith("color(") ? 255 : 1;
      return [...numbers.slice(0, 3).map((value) => value * scale), numbers[3] ?? 1];
    };
    const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
    const line = (element) => (element ? [...line(element.parentElement), element] : []);
    const ground = (element) => line(element).map((one) => parse(getComputedStyle(one).backgroundColor))
      .reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    const opacity = (element) => line(element).reduce((product, one) => product * getComputedStyle(one).opacity, 1);
    const light = (colour) => {
      const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      const [r, g, b] = colour.map((value) => linear(value / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      // Glyphs for white space are marks, not text; what is disabled is exempt.
      if (!text || /^[·↵→]+$/.test(text)) continue;
      if (!element.checkVisibility() || element.closest(".unseen, :disabled")) continue;
      const below = ground(element);
      const [r, g, b, alpha] = parse(getComputedStyle(element).color);
      const ink = over([r, g, b, alpha * opacity(element)], below);
      const [high, low] = [light(ink), light(below)].sort((one, other) => other - one);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < least) found.push([ratio.toFixed(2), text.slice(0, 30), element.className]);
    }
    return found;
  },
})
