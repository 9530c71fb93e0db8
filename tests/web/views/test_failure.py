"""Failures: the field, the place, the next step."""

from __future__ import annotations

import pytest
from lossmask.errors import (
    Busy,
    ConversationError,
    LossmaskError,
    OptionError,
    TemplateError,
    TemplateStopped,
    TokenizerError,
    TooLarge,
    Where,
)
from lossmask.web.views.failure import FailureView, failure_view

KNOWN = ("bundled", "local:Qwen__Qwen3-4B", "local:microsoft__phi-4")


def shown(
    error: LossmaskError, paste: str = "", template: str | None = None, tokenizer: str = ""
) -> FailureView:
    return failure_view(error, paste=paste, template=template, tokenizer=tokenizer, known=KNOWN)


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (ConversationError("x"), "conversation"),
        (TemplateError("x"), "template"),
        (TemplateStopped("x"), "template"),
        (TokenizerError("x"), "tokenizer"),
        (OptionError("x"), "strategy"),
        (OptionError("x", code="bad-date"), "today"),
        (OptionError("x", code="bad-arguments"), "arguments"),
        (TooLarge("x"), "conversation"),
        (Busy("x"), "none"),
    ],
)
def test_each_error_has_its_field(error: LossmaskError, field: str) -> None:
    assert shown(error).field == field


def test_the_paste_is_quoted_with_a_caret() -> None:
    found = shown(ConversationError("x", where=Where(2, 3)), paste="[\n  oops]")
    assert found.quoted == "  oops]\n  ^"


def test_the_template_line_is_quoted_without_a_made_up_column() -> None:
    found = shown(TemplateError("x", where=Where(2)), template="a\n  {% bad %}")
    assert found.quoted == "  {% bad %}"


def test_without_its_source_a_template_is_not_quoted() -> None:
    assert shown(TemplateError("x", where=Where(2))).quoted == ""


def test_the_nearest_tokenizers_are_suggested() -> None:
    found = shown(TokenizerError("x"), tokenizer="hub:Qwen/Qwen3-4b@main")
    assert found.suggestions[0] == "local:Qwen__Qwen3-4B"
    assert found.suggestions[-1] == "bundled"
    assert shown(ConversationError("x")).suggestions == ()


def test_gated_models_get_a_hint_that_asks_for_no_token_here() -> None:
    assert "Do not paste a token here" in shown(TokenizerError("x", code="gated-tokenizer")).hint
