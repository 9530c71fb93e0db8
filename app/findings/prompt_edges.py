"""Where the generation prompt of a reply ends among the tokens, and how that prompt is tokenized alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .replies import Reply, replies
from .subject import Subject, once

_LONGEST = 20_000
"""Characters of a prompt that are tokenized again, at most."""


class Edge(NamedTuple):
    """The first token of a reply, whether it begins in the header, and the last special token before."""

    reply: Reply
    token: int
    straddles: bool
    since: int


@once
def edges(subject: Subject) -> list[Edge]:
    """The edges of the replies of which some token is trained."""
    found = (_edge(subject, reply) for reply in replies(subject) if subject.trained[reply.words].any())
    return [edge for edge in found if edge is not None]


def _edge(subject: Subject, reply: Reply) -> Edge | None:
    assert subject.first is not None, "a reply needs an example"
    text, prompt = subject.first.example.rendering.text, subject.context.generation_prompt
    if not text.startswith(prompt, reply.turn.first_character):
        return None
    tokens = subject.first.example.tokens
    offsets = tokens.offsets[reply.turn.start : reply.end]
    here = (offsets[:, 0] < reply.supplied) & (offsets[:, 1] > reply.supplied)
    straddles = bool(here.any())
    token = reply.turn.start + int(here.argmax()) if straddles else reply.begin
    before = tokens.special[:token].nonzero()[0]
    return Edge(reply, token, straddles, int(before[-1]) if len(before) else 0) if token else None


def retokenized(subject: Subject, edge: Edge) -> tuple[list[int], list[int]] | None:
    """The ids of the prompt's end alone and in the row, from where they part; None where they agree.

    What is tokenized again begins with a special token, which nothing before it can change.
    """
    assert subject.first is not None, "an edge needs an example"
    row = subject.first.example
    start = int(row.tokens.offsets[edge.since, 0])
    if not start < edge.reply.supplied <= start + _LONGEST:
        return None
    here = row.tokens.ids[edge.since : edge.token + edge.straddles]
    if (here >= subject.context.tokenizer.vocabulary_size).any():
        # The framework adds tokens, and saves a tokenizer that has them; this one would cut them up.
        return None
    alone = subject.context.tokenizer.encode(row.rendering.text[start : edge.reply.supplied]).ids
    if np.array_equal(alone, here):
        return None
    count = min(len(alone), len(here))
    same = int(np.cumprod(alone[:count] == here[:count]).sum())
    since = max(min(same, count - 1), 0)
    return alone[since:].tolist(), here[since:].tolist()
