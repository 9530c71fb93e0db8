"""Every masking rule over one conversation: as each alone, and none in another's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from lossmask.core.example import Example
from lossmask.core.matrix import Matrix, MatrixRow
from lossmask.core.request import AnalysisRequest
from lossmask.engine import matrix as module
from lossmask.engine.matrix import matrix
from lossmask.errors import TemplateError
from lossmask.settings import Settings
from lossmask.strategies import full
from lossmask.strategies.base import Option, Strategy
from lossmask.strategies.context import Context
from lossmask.strategies.option import Options
from lossmask.strategies.registry import STRATEGIES

from tests.labels import PANCAKES, analysed

TALK = (*PANCAKES, {"role": "user", "content": "and then?"}, {"role": "assistant", "content": "turn it"})
SETTINGS = Settings({"LOSSMASK_JOB_SECONDS": "60"})


def request(template: str = "bundled:llama-3", **fields: Any) -> AnalysisRequest:
    body = {"conversation": list(TALK), "chat_template": template, "today": "2026-11-23", **fields}
    return AnalysisRequest.from_json(body)


def rows(found: Matrix) -> dict[str, MatrixRow]:
    return {row.strategy: row for row in found.rows}


@pytest.fixture(scope="module")
def found() -> Matrix:
    return matrix(request(), SETTINGS)


def test_every_rule_has_a_row_in_the_order_of_the_registry(found: Matrix) -> None:
    assert [row.strategy for row in found.rows] == list(STRATEGIES)
    assert found.missing == ()


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "trl-response-template"])
def test_a_row_is_what_the_rule_gives_alone(found: Matrix, name: str) -> None:
    alone = analysed(TALK, strategy=name, chat_template="bundled:llama-3")
    row = rows(found)[name]
    assert (row.outcome, row.options) == (alone.outcome, alone.strategy.options)
    counts = {"tokens": row.tokens, "trained": row.trained, "unused": row.unused}
    assert counts == {key: alone.statistics[key] for key in counts}


def test_runs_and_turns_lie_on_one_scale(found: Matrix) -> None:
    for row in found.rows:
        assert [run.start for run in row.runs] == [0, *(run.end for run in row.runs[:-1])]
        assert row.runs[-1].end == found.tokens
    assert [turn.role for turn in found.turns] == ["user", "assistant", "user", "assistant"]


def test_a_marker_that_has_no_default_is_taken_from_the_template(found: Matrix) -> None:
    row = rows(found)["trl-response-template"]
    assert row.options["response_template"] == "<|start_header_id|>assistant<|end_header_id|>\n\n"
    assert row.remark is not None
    assert (
        row.trained
        == analysed(
            TALK,
            strategy="trl-response-template",
            chat_template="bundled:llama-3",
            options={"response_template": row.options["response_template"]},
        ).statistics["trained"]
    )
    assert row.trained > 0


def test_a_marker_that_was_given_is_kept() -> None:
    marker = "assistant<|end_header_id|>"
    given = {"name": "trl-response-template", "options": {"response_template": marker}}
    row = rows(matrix(request(strategy=given), SETTINGS))["trl-response-template"]
    assert (row.options["response_template"], row.remark) == (marker, None)


def test_options_of_other_rules() -> None:
    found = matrix(request(), SETTINGS, {"assistant-turns": {"turns": "last"}})
    assert rows(found)["assistant-turns"].aspects["history"] == "no"
    assert rows(found)["generation-tags"].aspects["history"] == "yes"


def test_an_option_at_fault_is_named_in_its_own_row() -> None:
    found = matrix(request(), SETTINGS, {"axolotl": {"train_on_eos": "sometimes"}})
    assert [row.strategy for row in found.missing] == ["axolotl"]
    assert "`train_on_eos` is one of" in found.missing[0].reason
    assert len(found.rows) == len(STRATEGIES) - 1


def test_a_template_at_fault_is_the_users() -> None:
    with pytest.raises(TemplateError):
        matrix(request("{{ raise_exception('no') }}"), SETTINGS)


def rule(examples: Any, **fields: Any) -> Strategy:
    return replace(full.STRATEGY, name="odd", examples=examples, **fields)


def alone(monkeypatch: pytest.MonkeyPatch, odd: Strategy) -> None:
    monkeypatch.setattr(module, "STRATEGIES", {"full": full.STRATEGY, "odd": odd})


def test_a_rule_that_takes_too_long_does_not_cost_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(context: Context, options: Options) -> Sequence[Example]:
        while True:
            pass

    alone(monkeypatch, rule(slow))
    found = matrix(request(), Settings({"LOSSMASK_JOB_SECONDS": "2"}))
    assert [row.strategy for row in found.rows] == ["full"]
    assert "LOSSMASK_JOB_SECONDS" in found.missing[0].reason


def test_what_a_framework_cannot_render_is_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(source: str, options: Options) -> str:
        return "{{ raise_exception('only for ' ~ messages | length) }}"

    odd = rule(full.STRATEGY.examples, chat_template=refuses, options=(Option("x", "flag", False, "y"),))
    alone(monkeypatch, odd)
    row = rows(matrix(request(), SETTINGS))["odd"]
    assert (row.outcome.kind, row.outcome.reason) == ("error", "only for 4")
    assert (row.tokens, set(row.aspects.values())) == (0, {"absent"})
