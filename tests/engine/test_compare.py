"""Two real analyses compared: strategies, templates, truncation, conversations, refusals, examples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.comparison import Comparison
from lossmask.core.comparison_request import ComparisonRequest
from lossmask.engine import compare_job
from lossmask.engine.compare import compare, comparison
from lossmask.errors import TemplateError

from tests.labels import PANCAKES, analysed

A = {"conversation": list(PANCAKES), "chat_template": "bundled:llama-3", "today": "2026-11-23"}


def found(**b: Any) -> Comparison:
    """The pancakes as they are, beside the same with some fields otherwise."""
    return compare(ComparisonRequest.from_json({"a": A, "b": b}))


def test_the_same_twice() -> None:
    same = found()
    assert same.tokens is not None
    assert same.tokens.differences == ()
    assert (same.findings, same.texts[0].same, same.sources[0].same) == (((), ()), True, True)


@pytest.mark.parametrize("name", ["full", "trl-full", "unsloth-responses-only", "axolotl", "openai-weights"])
def test_strategies_differ_where_their_labels_do(name: str) -> None:
    made = found(strategy=name)
    a, b = (one.examples[0].example for one in (made.a, made.b))
    assert made.tokens is not None
    if np.array_equal(a.tokens.ids, b.tokens.ids):
        expected = np.flatnonzero(a.labels != b.labels).tolist()
        for side in ("a", "b"):
            assert np.flatnonzero(made.tokens.numbers(side) >= 0).tolist() == expected
    first, second = made.tokens.pairs()
    assert np.array_equal(a.tokens.ids[first], b.tokens.ids[second])


def test_a_truncated_row_lacks_its_end() -> None:
    made = found(strategy={"name": "assistant-turns", "options": {"max_length": 30}})
    assert made.tokens is not None
    (difference,) = made.tokens.differences
    length = len(made.a.examples[0].example.tokens)
    assert (difference.kind, difference.a) == ("only_in_a", (30, length))


def test_templates_are_compared_by_line_with_what_each_line_wrote() -> None:
    made = found(chat_template="{% for m in messages %}\n{{ m.role }}: {{ m.content }}\n{% endfor %}")
    assert made.tokens is not None
    text = made.b.examples[0].example.rendering.text
    assert sum(row.b[1] - row.b[0] for row in made.texts) == len(text.split("\n"))
    (line,) = [line for line in made.template_lines[1] if line.line == 2]
    assert line.differences
    assert line.tokens > 0


def test_another_conversation_is_aligned() -> None:
    messages = [*PANCAKES, {"role": "user", "content": "thanks"}, {"role": "assistant", "content": "sure"}]
    made = found(conversation=messages)
    assert made.tokens is not None
    assert {difference.kind for difference in made.tokens.differences} == {"only_in_b"}


def test_a_framework_that_refuses_its_row_leaves_nothing_to_compare() -> None:
    made = found(strategy={"name": "axolotl", "options": {"sequence_len": 5}})
    assert made.tokens is None
    assert made.b.outcome.kind == "dropped"
    assert made.as_json()["tokens"] is None


def test_examples_are_chosen_by_number() -> None:
    one = analysed(chat_template="bundled:llama-3")
    several = replace(one, examples=one.examples * 3)
    assert comparison(one, several, (7, 1)).examples == (0, 1)
    assert comparison(one, several, (0, 99)).examples == (0, 2)


def test_findings_of_one_side() -> None:
    made = found(strategy={"name": "assistant-turns", "options": {"end_of_turn": False}})
    assert [finding.code for finding in made.findings[1]] == ["LM201"]
    assert "LM201" not in {finding.code for finding in made.findings[0]}


def test_an_error_says_whose_it_is() -> None:
    asked = ComparisonRequest.from_json({"a": A, "b": {"chat_template": "{% if %}"}})
    with pytest.raises(TemplateError) as raised:
        compare_job.compare({}, asked)
    assert raised.value.detail.startswith("B: ")
    assert raised.value.__dict__["side"] == "B"
