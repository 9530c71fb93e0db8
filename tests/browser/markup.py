"""Words that are markup or scripts if a page takes them for such, in every place that strangers fill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tokenizers import Tokenizer, models, pre_tokenizers

MARK = "onerror=window.pwned=1"
"""What every page that shows a stranger's words shows of them."""

UNSEEN = "\u202e\u2066\u200b\u0007\u0085\u2028"
"""Characters that turn the line around, or that nobody would see."""

EVIL = (
    "</textarea></title></script></style></svg>-->"
    f"<img/src=x/{MARK}><img src=x {MARK}><script>window.pwned=1</script><svg/onload=window.pwned=1>"
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe><style>body{display:none}</style>'
    '<a href="javascript:window.pwned=1" class=evil style="color:red">evil</a><form action=//evil.example>'
    f"\" autofocus onfocus=window.pwned=1 x='` {{{{7*7}}}} ${{7*7}} {UNSEEN}evil"
)

PIECES = (
    "<script>window.pwned=1</script>",
    f"<img/src=x/{MARK}>",
    "<b/class=evil/style=color:red>",
    '"onfocus=window.pwned=1',
    "\u202eknat",
)
SPECIAL = "<svg/onload=window.pwned=1>"

TEMPLATE = (
    "{# " + EVIL.replace("{{", "").replace("}}", "") + " #}"
    "{% for m in messages %}<i>{{ m.role }}</i> {{ m.content }} {{ m.reasoning_content }}"
    "{% for t in m.tool_calls or [] %}{{ t.function.name }} {{ t.function.arguments | tojson }}{% endfor %}"
    f" {SPECIAL} {{% endfor %}}{{{{ tools | tojson if tools }}}}{{{{ evil }}}}"
)

MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": EVIL},
    {"role": EVIL, "content": f"{EVIL} {' '.join(PIECES)}"},
    {
        "role": "assistant",
        "content": f"{' '.join(PIECES)} {EVIL}",
        "reasoning_content": EVIL,
        "tool_calls": [{"type": "function", "function": {"name": EVIL, "arguments": {EVIL: EVIL}}}],
    },
    {"role": "tool", "name": EVIL, "content": EVIL},
    {"role": "assistant", "content": EVIL},
]
TOOLS = [{"type": "function", "function": {"name": EVIL, "description": EVIL, "parameters": {}}}]
CONVERSATION = {"messages": MESSAGES, "tools": TOOLS}
PASTE = json.dumps(CONVERSATION)

FIELDS: Mapping[str, str] = {
    "conversation": PASTE,
    "tokenizer": "local:evil",
    "template": "pasted",
    "template_source": TEMPLATE,
    "argument.evil": EVIL,
    "more_arguments": json.dumps({"more": EVIL}),
    "strategy": "assistant-turns",
    "option.trl-response-template.response_template": EVIL,
    "today": "2026-11-23",
}
"""The main page's form."""

STATE: Mapping[str, Any] = {
    "v": 1,
    "conversation": CONVERSATION,
    "tokenizer": {"name": "local:evil"},
    "template": {"name": "pasted", "source": TEMPLATE},
    "template_arguments": {"evil": EVIL},
}

LESSON = f"""---
title: {json.dumps(EVIL)}
summary: {json.dumps(EVIL)}
audience: {json.dumps(EVIL)}
state:
  tokenizer: local:evil
  chat_template: {json.dumps(TEMPLATE)}
  template_arguments: {{evil: {json.dumps(EVIL)}}}
  conversation: {json.dumps(CONVERSATION)}
---

## A heading {EVIL.replace(UNSEEN, "")}

```yaml
point:
  - {{name: first, turn: 2, part: content}}
question:
  ask: {json.dumps(EVIL)}
  answers: [{json.dumps(EVIL)}, other]
  right: 1
  why: {json.dumps(EVIL)}
```

Words ![x](x) <img src=x {MARK}> [a](javascript:window.pwned=1) <b class=evil style=color:red> {{first.text}}.

### Notes

Notes <img src=x {MARK}> <script>window.pwned=1</script>
"""

WATCHING = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""

FOUND = (Path(__file__).parent / "markup.js").read_text(encoding="utf-8")

HARMLESS = {
    "pwned": None,
    "violations": [],
    "elements": [],
    "attributes": [],
    "addresses": [],
    "unseen": [],
    "hidden": False,
}


def harmless(page: Page, what: str, *, shown: bool = True) -> None:
    """The page took none of it for markup, and shows it as text."""
    found = page.evaluate(FOUND)
    assert found == HARMLESS, f"{what}: {found}"
    if shown:
        assert MARK in page.evaluate("document.body.textContent"), what


def write_tokenizer(folder: Path) -> None:
    """A tokenizer whose vocabulary and special tokens are markup."""
    folder.mkdir(parents=True)
    vocabulary = {"[UNK]": 0, **{piece: index for index, piece in enumerate(PIECES, start=1)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": SPECIAL, "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def write_lessons(folder: Path) -> None:
    """A lesson, and two files that are none and are listed with what is wrong."""
    folder.mkdir(parents=True)
    (folder / "evil.md").write_text(LESSON, encoding="utf-8")
    (folder / f"<img src=x {MARK}>.md").write_text(EVIL, encoding="utf-8")
    (folder / "broken.md").write_text(f"---\n{json.dumps(EVIL)}: 1\n---\n", encoding="utf-8")
