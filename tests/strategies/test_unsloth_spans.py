"""Where replies end, on ids made for it."""

from __future__ import annotations

import numpy as np
from lossmask.core.tokens import Tokens
from lossmask.strategies.unsloth_marker import Marker
from lossmask.strategies.unsloth_spans import Boundaries, Markers, Reply, find_replies

USER, REPLY, EOS, BOS, OPEN = 21, 22, 2, 1, 9
BEFORE, AFTER = 31, 32


def marker(before: list[int], core: list[int], after: list[int]) -> Marker:
    ids = np.array([*before, *core, *after], dtype=np.int32)
    count = len(ids)
    offsets = np.zeros((count, 2), dtype=np.int32)
    tokens = Tokens(ids, offsets, ["x"] * count, np.zeros(count, dtype=np.bool_))
    return Marker(tokens, len(before), len(before) + len(core))


PLAIN = Markers(marker([], [OPEN, USER], []), marker([], [OPEN, REPLY], []), Boundaries(EOS, BOS, (OPEN,)))
OLD = PLAIN._replace(boundaries=None)
EDGES = Markers(marker([BEFORE], [USER], [AFTER]), marker([], [REPLY], [AFTER]), Boundaries())
OLD_EDGES = EDGES._replace(boundaries=None)


def spans(ids: list[int], markers: Markers) -> list[tuple[int, int, str]]:
    return [(reply.start, reply.end, reply.ended_by) for reply in find_replies(ids, markers)]


def test_eos_belongs_to_the_reply() -> None:
    assert spans([OPEN, USER, 5, OPEN, REPLY, 6, EOS, 7], PLAIN) == [(5, 7, "eos")]


def test_a_bos_ends_a_reply() -> None:
    assert spans([OPEN, REPLY, 6, BOS, 7], PLAIN) == [(2, 3, "bos")]


def test_any_message_ends_a_reply() -> None:
    assert spans([OPEN, REPLY, 6, OPEN, 8, 7], PLAIN) == [(2, 3, "opener")]


def test_without_boundaries_only_the_instruction_ends_a_reply() -> None:
    ids = [OPEN, REPLY, 6, EOS, 8, OPEN, REPLY, 7, OPEN, USER, 5]
    assert spans(ids, OLD) == [(2, 8, "instruction_part")]


def test_another_reply_ends_a_reply() -> None:
    assert spans([REPLY, 6, REPLY, 7, 8], EDGES) == [(1, 2, "response_part"), (3, 5, "row")]


def test_a_reply_at_the_very_end_is_none() -> None:
    assert spans([5, OPEN, REPLY], PLAIN) == []


def test_the_last_token_is_trained_even_where_a_marker_begins() -> None:
    assert spans([REPLY, 6, USER], EDGES) == [(1, 3, "row")]


def test_optional_tokens_are_taken_into_the_markers() -> None:
    assert spans([REPLY, AFTER, 6, BEFORE, USER, AFTER, 5], EDGES) == [(2, 3, "instruction_part")]


def test_the_older_version_looks_for_optional_tokens_one_place_late() -> None:
    assert spans([REPLY, AFTER, 6, USER, 5], OLD_EDGES) == [(1, 3, "instruction_part")]
    assert spans([REPLY, 6, AFTER, 7, USER, 5], OLD_EDGES) == [(2, 4, "instruction_part")]


def test_the_older_version_passes_over_the_token_after_an_instruction() -> None:
    ids = [REPLY, 6, USER, REPLY, 7, 8]
    assert spans(ids, OLD_EDGES) == [(1, 2, "instruction_part")]
    assert spans(ids, EDGES) == [(1, 2, "instruction_part"), (4, 6, "row")]


def test_a_reply_knows_where_its_match_begins() -> None:
    [reply] = find_replies([5, OPEN, REPLY, 6, EOS], PLAIN)
    assert reply == Reply(1, 3, 5, "eos")
