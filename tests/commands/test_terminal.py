from __future__ import annotations

import io

import pytest
from lossmask.commands.terminal import Style, draw, printable
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse

MASKED, TRAINED, UNUSED = 0, 1, 2


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def lines(style: Style, **body: object) -> str:
    chat = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "It is\n4."}]
    request = AnalysisRequest.from_json({"conversation": chat, **body})
    return "\n".join(draw(analyse(request), request.conversation, style))


def test_trained_text_is_underlined_and_blue_line_by_line() -> None:
    shown = lines(Style(colour=True))
    assert "\x1b[4;34mIt is↵\x1b[0m\n\x1b[4;34m4.<|im_end|>\x1b[0m" in shown
    assert "\x1b[4;34m2+2?" not in shown


def test_without_colour_trained_text_stands_in_brackets() -> None:
    assert "⟦It is↵\n4.<|im_end|>⟧" in lines(Style(colour=False))
    assert "[[It is" in lines(Style(colour=False, unicode=False))


def test_a_label_that_no_prediction_uses_is_marked_apart() -> None:
    shown = lines(Style(colour=True), strategy="full")
    assert "⟨<|im_start|>⟩" in shown


@pytest.mark.parametrize("state", [MASKED, TRAINED, UNUSED])
def test_marking_loses_no_text(state: int) -> None:
    assert "pan" in Style(colour=True).marked("pan", state)


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal(io.BytesIO(), encoding="utf-8")
    assert Style.of(terminal) == Style(colour=True, unicode=True)
    assert not Style.of(io.TextIOWrapper(io.BytesIO(), encoding="ascii")).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Style.of(terminal).colour


def test_a_sentence_cannot_drive_the_terminal() -> None:
    assert printable("a\x1b[2J\u202eb") == "a\ufffd[2J\ufffdb"
