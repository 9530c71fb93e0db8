"""The digest: of ids and labels alone, in one spelling."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from lossmask.core.analysis import Analysis
from lossmask.core.digest import digest

from tests.factory import CHAT, analysed, analysis


def with_example(**changes: object) -> Analysis:
    one = analysed()
    return replace(analysis(), examples=(replace(one, example=replace(one.example, **changes)),))


def test_it_is_of_compact_pairs() -> None:
    written = "[[[100,101],[-100,-100]]]"
    assert digest(analysis(CHAT[:2])) == hashlib.sha256(written.encode()).hexdigest()


def test_a_refused_row_has_one_too() -> None:
    refused = replace(analysis(), examples=())
    assert digest(refused) == hashlib.sha256(b"[]").hexdigest()


def test_it_is_in_the_answer() -> None:
    assert analysis().as_json()["digest"] == digest(analysis())


def test_labels_ids_and_the_order_of_examples_count() -> None:
    one = analysed().example
    labels = one.labels.copy()
    labels[-1] = -100
    ids = replace(one.tokens, ids=one.tokens.ids + 1)
    twice = replace(analysis(), examples=(analysed(), analysed(CHAT[:3])))
    turned = replace(twice, examples=twice.examples[::-1])
    found = [with_example(), with_example(labels=labels), with_example(tokens=ids), twice, turned]
    assert len({digest(one) for one in found}) == len(found)


def test_weights_reasons_and_findings_do_not() -> None:
    one = analysed().example
    other = with_example(weights=one.weights * 0.5, reasons=np.zeros_like(one.reasons))
    assert digest(other) == digest(analysis())
