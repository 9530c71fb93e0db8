"""Stock templates are known by their hash, and edited as their family's edits say."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

import pytest
from lossmask.strategies import trl_training
from lossmask.strategies.trl_training import edited, marked_variant

from tests.labels import analysed, trained_texts

STOCK = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}"
MARKED = '{% if m.role == "assistant" %}{% generation %}'


def families() -> dict[str, Any]:
    text = files("lossmask.strategies").joinpath("trl_templates.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def test_edits() -> None:
    assert edited("abcdef", [[1, 3, "-", [1, 2], "-"]]) == "a-b-def"
    assert edited("abcdef", [[0, 0, "x"], [2, 4], [6, 6, "y"]]) == "xabefy"
    assert edited("abc", []) == "abc"


def test_edits_of_every_family_ascend_and_mark_something() -> None:
    assert len(families()) == 31
    for name, family in families().items():
        bounds = [bound for start, end, *_ in family["edits"] for bound in (start, end)]
        assert bounds == sorted(bounds), name
        words = "".join(piece for edit in family["edits"] for piece in edit[2:] if isinstance(piece, str))
        assert words.count("endgeneration") * 2 == words.count("generation") > 0, name
        assert len(family["sha256"]) == 64


def test_no_two_families_are_the_same_template() -> None:
    assert len({family["sha256"] for family in families().values()}) == 31


def test_unknown_templates_are_left_alone() -> None:
    assert marked_variant(STOCK) is None
    assert trl_training.training_template(STOCK, {"assistant_only_loss": True}) == STOCK


def test_a_known_template_is_swapped_only_with_assistant_only_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    start, end = STOCK.index("{{ m.content"), STOCK.index("{% endfor")
    body = [start, end]
    edits = [[start, end, MARKED, body, "{% endgeneration %}{% else %}", body, "{% endif %}"]]
    known = {hashlib.sha256(STOCK.encode()).hexdigest(): edits}
    monkeypatch.setattr(trl_training, "_families", lambda: known)
    only = analysed(strategy="trl-assistant-only", chat_template=STOCK)
    assert trained_texts(only) == ["to bake pancakes, one takes a pan</s>"]
    assert only.template is not None
    assert only.template.source == marked_variant(STOCK)
    assert analysed(strategy="trl-full", chat_template=STOCK).template.source == STOCK  # type: ignore[union-attr]
