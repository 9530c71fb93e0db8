from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from lossmask.core.files import embedded, extracted
from lossmask.core.files.embed import is_page
from lossmask.errors import FileError

NASTY = {"a": "</script><script>alert(1)</script><!--<script>", "b": "]]>&\u2028\u2029</SCRIPT\n>"}


class Elements(HTMLParser):
    """Start tags in order, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.data += data


def page(text: str) -> str:
    return f'<!doctype html><p>x</p><script type="application/json" id="lossmask-file">{text}</script><p>'


def test_json_in_a_page_ends_nothing_and_comes_out_as_it_was() -> None:
    text = embedded(json.dumps(NASTY, ensure_ascii=False))
    assert not set("<>&\u2028\u2029") & set(text)
    seen = Elements()
    seen.feed(page(text))
    assert seen.tags == ["p", "script", "p"]
    assert json.loads(extracted(page(text))) == NASTY


@pytest.mark.parametrize(
    "text", ["", "<p>", '<script id="lossmask-file"', '<script id="lossmask-file">{}', "id=\"lossmask-file\""]
)  # fmt: skip
def test_a_page_without_it_is_refused(text: str) -> None:
    with pytest.raises(FileError, match="holds no analysis"):
        extracted(text)


def test_a_long_page_of_nothing_is_refused_at_once() -> None:
    with pytest.raises(FileError):
        extracted("<script " * 500_000)


def test_pages_are_told_from_json() -> None:
    assert is_page("\n <!doctype html>")
    assert not is_page(' {"v": 1}')
    assert not is_page("")
