from __future__ import annotations

import pytest
from lossmask.engine.traces import MOST_FRAMES, Traced, trace_of

WORDS = "what a stranger wrote"


def caught(raising: object) -> BaseException:
    with pytest.raises(Exception) as found:  # noqa: PT011
        raising()  # type: ignore[operator]
    return found.value


def fails() -> None:
    raise ValueError(WORDS)


def wraps() -> None:
    try:
        fails()
    except ValueError as error:
        raise KeyError(WORDS) from error


def deep(left: int = 200) -> None:
    deep(left - 1) if left else fails()


def test_the_kind_and_the_place_are_told_and_no_word() -> None:
    told = trace_of(caught(fails))
    assert told.startswith("ValueError\n")
    assert f"{__file__}:" in told
    assert " in fails" in told
    assert WORDS not in told


def test_what_led_to_it_stands_before_it() -> None:
    told = trace_of(caught(wraps))
    assert told.index("ValueError") < told.index("which led to") < told.index("KeyError")
    assert WORDS not in told


def test_names_of_a_template_are_words_too() -> None:
    program = compile("def stranger():\n    raise ValueError('x')\nstranger()", "<template>", "exec")
    told = trace_of(caught(lambda: exec(program)))
    assert "stranger" not in told
    assert "<template>:2 in a template" in told


def test_a_deep_recursion_is_cut_to_its_innermost_frames() -> None:
    lines = trace_of(caught(deep)).splitlines()
    assert len(lines) == MOST_FRAMES + 1
    assert lines[1].endswith("in fails")


def test_a_circle_of_causes_ends() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert trace_of(first).count("which led to") == 1


def test_a_trace_from_elsewhere_is_told_with_it() -> None:
    elsewhere = trace_of(caught(fails))
    assert trace_of(Traced(elsewhere)) == f"Traced\n{elsewhere}"
