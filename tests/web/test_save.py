"""Every kind of file as a whole; the page without a server as a parser and a policy see it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from lossmask.core.files import Body, extracted, read_body
from lossmask.errors import FileError
from lossmask.web.save import KINDS, file_name, kind_of, page_of

from tests.core.files.bodies import HOSTILE, HOSTILE_CHAT, body_for

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "script"),
    *("p", "b", "i", "s", "br", "h1", "h2", "h3", "span", "ul", "li", "div", "code", "section", "header"),
    *("dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "a", "details", "summary"),
    *("svg", "rect"),
}


class Seen(HTMLParser):
    """Elements with their attributes, and the text that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.text += data


@pytest.fixture(scope="module")
def hostile() -> Body:
    return body_for(
        HOSTILE_CHAT,
        chat_template="{# </script><!-- #}<x>{{ tools | tojson }}{% for m in messages %}<{{ m.role }}>"
        "{{ m.content }}</script><style>*{color:red}</style>{% endfor %}",
        template_arguments={"</dd><script>": "<script>alert(1)</script>"},
        strategy={"name": "full", "options": {}},
    )


def test_a_strangers_words_are_text_on_the_page(hostile: Body) -> None:
    page = page_of(hostile, "http://127.0.0.1:8000/")
    seen = Seen(page)
    assert {tag for tag, _ in seen.elements} <= ALLOWED
    assert [attributes for tag, attributes in seen.elements if tag == "script"] == [
        {"type": "application/json", "id": "lossmask-file"}
    ]
    for _, attributes in seen.elements:
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "style")}
        assert attributes.get("href", "http://127.0.0.1:8000/#v1.").startswith("http://127.0.0.1:8000/#v1.")
    assert "alert(1)" in seen.text
    assert "\u202e" not in page.partition("<script")[0]
    assert "\x1b" not in page
    assert read_body(extracted(page)).as_json()["state"] == hostile.as_json()["state"]


def test_what_a_framework_or_a_finding_says_is_text_too(hostile: Body) -> None:
    value = json.loads(hostile.text())
    analysis = value["analysis"]
    analysis["outcome"] = {"kind": "dropped", "reason": HOSTILE}
    analysis["findings"] = [
        {"code": HOSTILE, "severity": "error", "sentence": HOSTILE, "tokens": [[0, 1]], "fix": HOSTILE}
    ]
    analysis["versions"] = {HOSTILE: HOSTILE}
    analysis["reason_table"] = [
        {"rule": "x", "sentence": HOSTILE, "detail": {}} for _ in analysis["reason_table"]
    ]
    seen = Seen(page_of(read_body(json.dumps(value))))
    assert {tag for tag, _ in seen.elements} <= ALLOWED
    assert len([tag for tag, _ in seen.elements if tag == "script"]) == 1


def test_the_policy_of_the_page_allows_its_style_and_nothing_else() -> None:
    page = page_of(body_for())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert style is not None
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy[1]
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_page_tells_on_paper_what_it_is_of() -> None:
    body = body_for()
    seen = Seen(page_of(body, "http://127.0.0.1:8000/"))
    assert str(body.state.digest) in seen.text
    assert "http://127.0.0.1:8000/#v1." in seen.text
    for word in (
        "trained",
        "masked",
        "labelled, but unused",
        "bundled:chatml",
        "assistant-turns",
        "transformers",
    ):
        assert word in seen.text


def test_a_row_that_a_framework_leaves_out_is_saved_too() -> None:
    body = body_for(
        {"messages": [{"role": "user", "content": "hi"}]}, strategy={"name": "open-instruct", "options": {}}
    )
    for kind in KINDS.values():
        assert kind.write(body, None)
    if not body.analysis.examples:
        assert body.analysis.outcome.reason is not None
        assert "hi" in page_of(body)


def test_a_name_tells_nothing() -> None:
    body = body_for()
    assert file_name(KINDS["markdown"], body) == f"lossmask-{str(body.state.digest)[:8]}.md"


def test_kinds_go_by_name_and_by_extension() -> None:
    assert kind_of("md") is kind_of("markdown") is KINDS["markdown"]
    with pytest.raises(FileError, match="html, json, csv, svg, md"):
        kind_of("png")
