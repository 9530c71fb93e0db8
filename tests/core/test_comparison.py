"""What an alignment of two examples tells: which tokens differ, in which way, and which line wrote them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from lossmask.core.comparison import Stretch, TokenDifference, compared, template_lines
from lossmask.core.example import Example

from tests.factory import CHAT, Word, analysed, example

WHOLE = (Stretch((0, 9), (0, 9), True),)


def trained(*positions: int) -> Example:
    """The chat with these tokens trained."""
    return example([Word(word.text, word.message, word.part, k in positions) for k, word in enumerate(CHAT)])


def test_the_same_example_does_not_differ() -> None:
    found = compared(example(CHAT), example(CHAT), WHOLE, same_vocabulary=True)
    assert (found.differences, found.tokens, found.alignment) == ((), 0, WHOLE)


def test_labels_that_differ_are_runs_of_one_kind() -> None:
    a, b = trained(0, 2, 3, 6), trained(3, 4, 6)
    found = compared(a, b, WHOLE, same_vocabulary=True)
    assert found.differences == (
        TokenDifference("state", (0, 1), (0, 1), ("unused", "masked")),
        TokenDifference("state", (2, 3), (2, 3), ("trained", "masked")),
        TokenDifference("state", (4, 5), (4, 5), ("masked", "trained")),
    )
    marked = np.flatnonzero(found.numbers("a") >= 0)
    assert marked.tolist() == np.flatnonzero(a.labels != b.labels).tolist()
    sentences = [difference.sentence for difference in found.differences]
    assert sentences[:2] == ["labelled but unused in A, masked in B", "trained in A, masked in B"]


def test_weights_and_labels_of_trained_tokens() -> None:
    a = trained(5, 6, 7)
    weights, labels = a.weights.copy(), a.labels.copy()
    weights[6], labels[7] = 0.5, 3
    b = replace(a, weights=weights, labels=labels)
    kinds = [one.kind for one in compared(a, b, WHOLE, same_vocabulary=True).differences]
    assert kinds == ["weight", "label"]
    kinds = [one.kind for one in compared(a, b, WHOLE, same_vocabulary=False).differences]
    assert kinds == ["weight"], "labels of two vocabularies are not comparable"


def test_tokens_that_one_row_has_alone() -> None:
    alignment = (
        Stretch((0, 2), (0, 2), True),
        Stretch((2, 4), (2, 2), False),
        Stretch((4, 5), (2, 3), True),
        Stretch((5, 6), (3, 6), False),
    )
    a, b = example(CHAT[:6]), example([*CHAT[:2], CHAT[4], *CHAT[6:]])
    found = compared(a, b, alignment, same_vocabulary=True)
    assert [(one.kind, one.a, one.b, one.tokens) for one in found.differences] == [
        ("only_in_a", (2, 4), (2, 2), 2),
        ("replaced", (5, 6), (3, 6), 4),
    ]
    assert found.numbers("b").tolist() == [-1, -1, -1, 1, 1, 1]
    assert not all(stretch.same for stretch in found.alignment)
    assert found.as_json()["counts"] == {"only_in_a": 2, "replaced": 4}


def test_pairs_of_one_text_under_other_ids_are_counted() -> None:
    a = example(CHAT)
    b = replace(a, tokens=replace(a.tokens, ids=a.tokens.ids + 1))
    assert compared(a, b, WHOLE, same_vocabulary=False).other_ids == 9


def test_lines_of_the_template_with_the_tokens_they_wrote() -> None:
    made = analysed()
    origins = list(made.example.rendering.origins)
    origins[0] = origins[0]._replace(line=4)
    origins[6] = origins[6]._replace(kind="message", line=None)
    rendering = replace(made.example.rendering, origins=tuple(origins))
    made = replace(made, example=replace(made.example, rendering=rendering))
    numbers = np.array([2, -1, 0, 0, -1, -1, 1, -1, -1], dtype=np.int32)
    assert [tuple(line) for line in template_lines(made, numbers)] == [(1, 7, (0,)), (4, 1, (2,))]
