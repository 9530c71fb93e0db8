"""Conversations with several things wrong, analysed on the page with the bundled tokenizer."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

PAD_IS_STOP = {"option.hf-causal-lm-collator.pad_token": "<|eot_id|>"}
TALK = [
    {"role": "user", "content": "What stops a reply? I was told that <|eot_id|> does."},
    {
        "role": "assistant",
        "reasoning_content": "They ask about the stop token, which the template writes behind every turn.",
        "content": "The end of the turn, when it is trained.",
    },
    {"role": "user", "content": "And without it?"},
    {"role": "assistant", "content": "It never stops."},
]
LONG = [{"role": "user", "content": "stop " * 33_000}, {"role": "assistant", "content": "Here."}]
"""More tokens than a page draws; the reply stands on the second one."""

_SEND = """([messages, fields]) => {
  const form = document.getElementById("form");
  form.elements.conversation.value = messages;
  document.querySelector("input[value=hf-causal-lm-collator]").checked = true;
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
}"""


def show(page: Page, messages: list[dict[str, str]], theme: str = "light") -> None:
    """The page with the result of a rule that takes the stop token for padding."""
    page.goto(f"/?theme={theme}")
    page.evaluate(_SEND, [json.dumps(messages), PAD_IS_STOP])
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.evaluate("document.getElementById('analyse').click()")
    expect(page.locator(".findings .error")).to_contain_text("LM204")
