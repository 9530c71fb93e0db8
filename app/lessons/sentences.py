"""Sentences of a lesson as HTML: Markdown without HTML and without pictures, figures put in.

Figures go in behind the reading of the Markdown, so that a token's text is shown and never read as such.
Inside code, braces stay as they are.
"""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .figures import PLACEHOLDER, Figures


def html(text: str, figures: Figures) -> str:
    """Paragraphs and lists."""
    return _rendered(_reader().parse(text), figures)


def line_html(text: str, figures: Figures) -> str:
    """One line, without a paragraph around it.

    >>> line_html("*{trained}* of `{tokens}`", {"trained": Figure(3, "3")})
    '<em>3</em> of <code>{tokens}</code>'
    """
    return _rendered(_reader().parseInline(text), figures)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable("image")


def _rendered(tokens: list[Token], figures: Figures) -> str:
    for token in tokens:
        if token.type == "inline":
            token.children = [new for child in token.children or [] for new in _filled(child, figures)]
    return str(_reader().renderer.render(tokens, _reader().options, {}))


def _filled(token: Token, figures: Figures) -> list[Token]:
    if token.type != "text":
        return [token]
    # Every second piece is a figure's name.
    pieces = PLACEHOLDER.split(token.content)
    return [
        _figure(piece, figures) if number % 2 else Token("text", "", 0, content=piece)
        for number, piece in enumerate(pieces)
        if piece
    ]


def _figure(name: str, figures: Figures) -> Token:
    if name not in figures:
        return Token("text", "", 0, content=f"{{{name}}}")
    figure = figures[name]
    kind, tag = ("code_inline", "code") if figure.code else ("text", "")
    return Token(kind, tag, 0, content=figure.shown)
