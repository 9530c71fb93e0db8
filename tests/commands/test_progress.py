"""The bar on a terminal, and its absence elsewhere."""

from __future__ import annotations

import io

from lossmask.commands.progress import Bar, drawn


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_drawn_over_itself_and_gone_in_the_end() -> None:
    stream = Terminal()
    with Bar(stream, 200) as bar:
        bar.show(100, "7 rows")
        bar.show(150, "too soon for another")
    assert stream.getvalue() == "\r\x1b[K[############            ]  50 % 7 rows\r\x1b[K"


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with Bar(stream, 200) as bar:
        bar.show(100, "7 rows")
    assert stream.getvalue() == ""


def test_a_file_of_unknown_size_has_no_bar() -> None:
    stream = Terminal()
    with Bar(stream, None) as bar:
        bar.show(100, "7 rows")
    assert "7 rows" in stream.getvalue()
    assert "%" not in stream.getvalue()


def test_a_bar_is_never_longer_than_full() -> None:
    assert drawn(3, 2) == f"[{'#' * 24}] 100 %"
