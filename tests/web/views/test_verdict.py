"""The verdict: counts, consequence, chips, banner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lossmask.core.analysis import Finding
from lossmask.core.conversation import Conversation
from lossmask.web.views.columns import states
from lossmask.web.views.verdict import Verdict, verdict

from tests.factory import CHAT, Word, analysis, conversation


def said(
    words: Sequence[Word] = CHAT,
    spoken: Conversation | None = None,
    cut: int = 0,
    differs: str | None = None,
    findings: tuple[Finding, ...] = (),
) -> Verdict:
    made = analysis(words, cut=cut, differs=differs, findings=findings)
    first = made.examples[0]
    return verdict(made, first, states(first.example), spoken or conversation())


def test_a_good_mask() -> None:
    found = said()
    assert found.sentence == "3 of 9 tokens train (33 %). The assistant's turn trains."
    assert [(chip.kind, chip.text, chip.token) for chip in found.chips] == [("good", "stop token trained", 8)]
    assert found.banner is None


def test_a_stop_token_that_does_not_train() -> None:
    found = said([*CHAT[:-1], replace(CHAT[-1], trained=False)])
    assert found.sentence.endswith("The model never learns to stop.")
    assert found.chips[0].text == "1 stop token untrained"
    assert found.chips[0].kind == "warn"


def test_only_the_last_turn_never_learns_to_stop() -> None:
    second = [replace(word, message=word.message + 2) for word in CHAT[1:] if word.message is not None]
    words = [*CHAT, *second[:-1], replace(second[-1], trained=False)]
    found = said(words, conversation("user", "assistant", "user", "assistant"))
    assert found.sentence.endswith("The last turn never learns to stop.")


def test_nothing_trains() -> None:
    found = said([replace(word, trained=False) for word in CHAT])
    assert found.sentence == "None of 9 tokens train. The model would learn nothing from this row."
    assert found.banner is not None
    assert found.banner.cause == "Masked: in turn 1 (user)."


def test_nothing_trains_for_want_of_an_assistant() -> None:
    found = said([Word("hi", 0)], conversation("user"))
    assert found.banner is not None
    assert "no assistant message" in found.banner.fix


def test_everything_trains() -> None:
    found = said([replace(word, trained=True) for word in CHAT])
    assert found.sentence == "8 of 9 tokens train (89 %). Text of the user trains too."
    assert found.banner is not None
    assert found.banner.title == "The mask is full: every token is labelled."
    assert "1 label unused" in [chip.text for chip in found.chips]


def test_warnings_come_first_and_chips_are_at_most_three() -> None:
    words = [Word("sys", None, "system"), *CHAT[1:-1], replace(CHAT[-1], trained=False)]
    found = said(words, cut=412, differs="They differ.")
    assert [chip.text for chip in found.chips] == [
        "1 stop token untrained",
        "412 tokens cut",
        "the two loaders give other ids",
    ]


def test_a_system_prompt_of_the_template_is_named() -> None:
    assert "system prompt added by the template" in [
        chip.text for chip in said([Word("sys", None, "system"), *CHAT[1:]]).chips
    ]


def test_no_tokens_at_all() -> None:
    assert said([]).sentence.startswith("The conversation renders to no tokens.")


def test_the_most_severe_finding_is_said_where_counting_does_not() -> None:
    found = said(findings=(Finding("LM501", "warning", "BOS stands twice.", ((0, 1),)),))
    assert found.sentence == "3 of 9 tokens train (33 %). BOS stands twice at the start of the row."
    assert [(chip.kind, chip.text, chip.token) for chip in found.chips[:1]] == [("warn", "BOS twice", 0)]


def test_a_finding_takes_the_place_of_the_chip_that_says_the_same() -> None:
    stop = Finding("LM201", "error", "The stop is masked.", ((8, 9),))
    found = said([*CHAT[:-1], replace(CHAT[-1], trained=False)], findings=(stop,))
    assert found.sentence.endswith("The model never learns to stop.")
    assert [chip.text for chip in found.chips] == ["1 stop token untrained"]


def test_a_finding_of_an_empty_mask_takes_the_place_of_the_banner() -> None:
    nothing = Finding("LM101", "error", "None of the 9 tokens is trained.")
    found = said([replace(word, trained=False) for word in CHAT], findings=(nothing,))
    assert found.banner is None
    assert found.sentence.startswith("None of 9 tokens train.")


def test_notes_change_nothing() -> None:
    assert said(findings=(Finding("LM302", "note", "A line break trains.", ((7, 8),)),)) == said()
