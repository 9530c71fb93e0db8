"""Text equal to transformers' own for every real template and golden conversation, and its origins."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import pytest
import transformers.utils.chat_template_utils as reference
from lossmask.core.conversation import Conversation
from lossmask.core.provenance import Rendering
from lossmask.errors import TemplateError
from lossmask.rendering.render import Variables, compile_template, render
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from tests.parity.golden import conversations
from tests.shared import require_shared

pytestmark = pytest.mark.parity

TODAY = datetime.date(2026, 11, 23)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


class FrozenClock(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> FrozenClock:
        return cls(TODAY.year, TODAY.month, TODAY.day, tzinfo=tz)


def theirs(tokenizer: Any, row: dict[str, Any], source: str, prompted: bool) -> str:
    """The text that transformers gives, or the kind of its exception."""
    try:
        return tokenizer.apply_chat_template(  # type: ignore[no-any-return]
            row["messages"],
            tools=row.get("tools"),
            chat_template=source,
            tokenize=False,
            add_generation_prompt=prompted,
        )
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"


def ours(row: dict[str, Any], source: str, prompted: bool) -> Rendering | str:
    variables = Variables(TOKENS, {"add_generation_prompt": prompted}, TODAY)
    try:
        return render(compile_template(source), Conversation.from_json(row), variables)
    except TemplateError as error:
        return f"raised {error.kind}: {error.detail}"


def count_origins(rendering: Rendering, row: dict[str, Any], counts: Counter[str]) -> None:
    """Characters by kind of origin; runs must tile the text, and exact ones must spell it."""
    position = 0
    for start, end, number in rendering.runs():
        assert start == position < end
        position = end
        origin = rendering.origins[number]
        counts["untraced" if origin.kind == "template" and origin.line is None else origin.kind] += (
            end - start
        )
        if origin.kind == "message":
            field = row["messages"][origin.message][origin.field]
            assert isinstance(field, str)
            assert origin.start is not None
            assert field[origin.start : origin.start + end - start] == rendering.text[start:end]
    assert position == len(rendering.text)


def test_every_template_on_every_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "datetime", FrozenClock)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), **TOKENS)
    sources = {path.read_text(encoding="utf-8") for path in require_shared("templates").rglob("*.jinja")}
    counts: Counter[str] = Counter()
    pairs = different = 0
    for source in sorted(sources):
        for row in conversations().values():
            for prompted in (False, True):
                expected, found = theirs(tokenizer, row, source, prompted), ours(row, source, prompted)
                pairs += 1
                different += expected != (found.text if isinstance(found, Rendering) else found)
                if isinstance(found, Rendering):
                    count_origins(found, row, counts)
    total = sum(counts.values())
    shares = {kind: count / total for kind, count in counts.items()}
    print(f"\n{pairs} pairs of {len(sources)} templates, {different} different; characters: {shares}")
    assert different == 0
    assert 1 - shares.get("derived", 0) - shares.get("untraced", 0) >= 0.93
    assert shares.get("untraced", 0) <= 0.005
