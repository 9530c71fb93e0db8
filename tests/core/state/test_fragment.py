"""Links: there and back, and every way in which one can be damaged is a plain sentence."""

from __future__ import annotations

import base64
import json
import random
import time
import zlib
from datetime import date

import pytest
from lossmask.core.conversation import Conversation
from lossmask.core.request import Choice
from lossmask.core.state import (
    Check,
    Pasted,
    Run,
    SharedTemplate,
    SharedTokenizer,
    State,
    Structure,
    View,
    fragment_of,
    read_fragment,
    read_link,
)
from lossmask.core.state.fragment import LIMIT
from lossmask.errors import LinkError

CONVERSATION = Conversation(
    ({"role": "user", "content": "☕ größer 😀"}, {"role": "assistant", "content": None, "tool_calls": [{}]}),
    ({"type": "function"},),
    {"documents": [{"text": "x"}]},
)
FULL = State(
    app="0.1.0",
    conversation=CONVERSATION,
    tokenizer=SharedTokenizer("hub:org/name", "file", "ab" * 20),
    template=SharedTemplate("pasted", "{{ messages }}"),
    template_arguments={"enable_thinking": False, "nested": {"a": [1, 2.5, None]}},
    strategy=Choice("axolotl", {"train_on_eos": "turn", "sequence_len": 12}),
    reduction=Choice("weighted-mean", {"over": "example"}),
    today=date(2026, 11, 23),
    view=View("table", "weight", True, 2, 3, (4, 6), 1, "projector"),
    versions={"lossmask": "0.1.0", "tokenizers": "0.23.3"},
    digest="ab" * 32,
    check=Check(3, 2, "Az"),
)
STATES = [
    FULL,
    State("0.1.0", Pasted("User: hi")),
    State("0.1.0", Pasted('{"prompt": "a", "completion": "b"}', "prompt-completion", 4)),
    State(
        "0.1.0",
        structure=Structure(("user",), ((Run(-1, "bos", "masked", 1), Run(0, "content", "trained", 9)),)),
    ),
]


def packed(text: bytes, version: int = 1) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return in_base64(packer.compress(text) + packer.flush(), version)


def in_base64(data: bytes, version: int = 1) -> str:
    return f"v{version}.{base64.urlsafe_b64encode(data).rstrip(b'=').decode()}"


@pytest.mark.parametrize("state", STATES)
def test_there_and_back(state: State) -> None:
    fragment = fragment_of(state)
    assert fragment.startswith("v1.")
    assert (
        not set(fragment)
        - set("v1.")
        - set(base64.urlsafe_b64encode(bytes(range(256))).decode())
        - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    )
    assert read_fragment(fragment) == state


@pytest.mark.parametrize("before", ["https://host:1/path?x=1#", "#", "", "  "])
def test_an_address_or_its_fragment(before: str) -> None:
    assert read_link(f"{before}{fragment_of(FULL)}\n") == FULL


def test_a_bare_link_is_short() -> None:
    text = json.dumps(
        [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "give me a recipe to bake pancakes"},
            {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
        ]
    )
    assert len(fragment_of(State("0.1.0", Pasted(text)))) <= 286


def test_more_than_a_link_holds_is_refused_by_name() -> None:
    with pytest.raises(LinkError, match="export a file") as raised:
        fragment_of(State("0.1.0", Pasted("x" * LIMIT)))
    assert raised.value.code == "link-too-large"


GOOD = fragment_of(FULL)
BROKEN = {
    "v1.": "cut off",
    "v1": "cut off",
    "v1.+/==": "cut off",
    "v1.____": "cut off",
    GOOD[:-1]: "cut off",
    GOOD[: len(GOOD) // 2]: "cut off",
    in_base64(base64.urlsafe_b64decode(f"{GOOD[3:]}===") + b"x"): "cut off",
    packed(bytes(range(128, 256))): "cut off",
    "turn-3": "no link of Lossmask",
    "": "no link of Lossmask",
    packed(b"{"): "no JSON",
    packed(b"NaN"): "no JSON",
    packed(b'{"v": 1e999}'): "no JSON",
    packed(b"1" * 9_999): "no JSON",
    packed(b"[" * 200_000): "no JSON",
    packed(b"[]"): "not an object",
    packed(b"null"): "not an object",
    packed(b"{}"): "which version",
    packed(b'{"v": "1"}'): "which version",
    packed(b'{"v": true}'): "which version",
    packed(b'{"v": 0}'): "which version",
    packed(b'{"v": 2}'): "later version of Lossmask, in format 2",
    GOOD.replace("v1.", "v31."): "later version of Lossmask, in format 31",
    packed(b'{"v": 1}'): "no conversation",
    packed(rb'{"v": 1, "conversation": {"text": "\ud800"}}'): "half of a character",
    packed(b'{"v": 1, "x": ' + b"[" * 500 + b"]" * 500 + b"}"): "too deep",
    packed(b"0" * (LIMIT + 1)): "256 KB",
    packed(b"0" * 300_000_000): "256 KB",
    f"v1.{'A' * 10_000_000}": "256 KB",
}


@pytest.mark.parametrize("fragment", BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_is_a_sentence_at_once(fragment: str) -> None:
    started = time.monotonic()
    with pytest.raises(LinkError) as raised:
        read_fragment(fragment)
    assert BROKEN[fragment] in raised.value.detail
    assert raised.value.detail.endswith(".")
    assert time.monotonic() - started < 1


ODD = [None, True, 0, -1, 2**40, 1.5, "", "x", [], [[]], [1, 2, 3], {}, {"a": None}, {"name": 3}]


def changed(value: object, chance: random.Random) -> object:
    """The value with one thing in it replaced by something odd."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: inner for name, inner in value.items() if name != key}
        return {**value, key: changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    return chance.choice(ODD)


def refusal(fragment: str) -> str | None:
    """Why a fragment is refused; None where it is read, and then it can be written again."""
    try:
        state = read_fragment(fragment)
    except LinkError as error:
        return error.detail
    assert read_fragment(fragment_of(state)) == state
    return None


def test_thousands_of_states_with_something_odd_are_read_or_refused() -> None:
    chance = random.Random(7)
    odd = (changed(chance.choice(STATES).as_json(), chance) for _ in range(4_000))
    refused = [why for one in odd if (why := refusal(packed(json.dumps(one).encode())))]
    assert 1_000 < len(refused) < 3_900
    assert all(why.endswith(".") and len(why) < 300 for why in refused)


def test_thousands_of_damaged_fragments_are_read_or_refused() -> None:
    chance = random.Random(11)
    refused = [why for _ in range(4_000) if (why := refusal(_damaged(chance)))]
    assert len(refused) > 3_000
    assert all(why.endswith(".") and len(why) < 300 for why in refused)


def _damaged(chance: random.Random) -> str:
    """A fragment with letters lost, added and changed in one to three places."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#=+é"
    fragment = list(fragment_of(chance.choice(STATES)))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(fragment))
        fragment[place : place + chance.randint(0, 4)] = chance.choices(letters, k=chance.randint(0, 4))
    return "".join(fragment)
