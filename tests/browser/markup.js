// What a page made of words that would be markup: everything here is empty where they stayed words.

() => {
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
  const strange = 'img[src="x"], .evil, iframe, object, embed, base, form[action*="evil.example"], '
    + 'script:not([src]):not([type="application/json"])';
  const elements = [...document.querySelectorAll("*")];
  const given = (names) => elements.flatMap((one) => names.map((name) => one.getAttribute(name) ?? ""));
  const own = ({name}) => /^on/i.test(name) || name === "style" || name === "srcdoc";

  /** Texts that are shown or spoken; what a field holds is its owner's. */
  const texts = given(["title", "aria-label", "alt", "placeholder"]);
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest("textarea, script, template")) texts.push(node.data);
  }

  return {
    pwned: window.pwned ?? null,
    violations: window.violations,
    elements: [...document.querySelectorAll(strange)].map((one) => one.outerHTML.slice(0, 200)),
    attributes: elements.flatMap((one) => [...one.attributes].filter(own).map(({name}) => `${one.tagName} ${name}`)),
    addresses: given(["href", "src", "action", "formaction"]).filter((one) => /^\s*(javascript|vbscript|data:text)/i.test(one)),
    unseen: texts.filter((text) => hidden.test(text)).map((text) => `${text.search(hidden)} in ${JSON.stringify(text.slice(0, 80))}`),
    hidden: getComputedStyle(document.body).display === "none",
  };
}
