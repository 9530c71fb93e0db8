"""Added and special tokens: of nothing, of a megabyte, over others, far away, by the ten thousand."""

from __future__ import annotations

from tests.hostile.tokenizers.making import Folder, Make, Spec, beside, changed, config

PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}


def added(index: object, content: object, **flags: object) -> Make:
    """The sound tokenizer with one more added token."""
    return changed(
        lambda spec: spec["added_tokens"].append({"id": index, "content": content, **PLAIN, **flags})
    )


def many(count: int, content: str, **flags: object) -> Make:
    """Added tokens by the thousand; `{}` in their content stands for a number."""

    def change(spec: Spec) -> None:
        rows = ({"id": 300 + i, "content": content.format(i), **PLAIN, **flags} for i in range(count))
        spec["added_tokens"].extend(rows)

    return changed(change)


def overlapping(spec: Spec) -> None:
    first = spec["added_tokens"][0]
    rows = ({**first, "id": 300 + i, "content": "<|im_" + "e" * i} for i in range(99))
    spec["added_tokens"].extend(rows)


FOLDERS = [
    Folder("an added token of nothing", "ok", added(300, "")),
    Folder("an added token of a megabyte", "ok", added(300, "x" * 999_999)),
    Folder("an added token over another", "ok", added(300, "<|im_end|>")),
    Folder("an added token over a letter's id", "ok", added(5, "<over>")),
    Folder("added tokens that overlap", "ok", changed(overlapping)),
    Folder("an added token of one letter", "ok", added(300, "e", single_word=True, lstrip=True, rstrip=True)),
    Folder("an added token of all spaces", "ok", added(300, " ", lstrip=True, rstrip=True, normalized=True)),
    Folder("an added token far away", "ok", added(2**31 - 1, "<far>")),
    Folder("an added token below zero", "broken-tokenizer", added(-5, "<below>")),
    Folder("an added token that is a number", "broken-tokenizer", added(300, 5)),
    Folder("an added token of half a character", "broken-tokenizer", added(300, "\ud800")),
    Folder("an added token whose flags are texts", "broken-tokenizer", added(300, "<x>", special="yes")),
    Folder("twenty thousand added tokens of one name", "ok", many(20_000, "<same>")),
    Folder(
        "thousands of special tokens of one letter", "ok", many(5_000, "a", special=True, normalized=True)
    ),
    # Each is sought in a list of all before it.
    Folder(
        "special tokens by the hundred thousand",
        "tokenizer-timeout",
        config(additional_special_tokens=[f"<y{i}>" for i in range(100_000)]),
    ),
    Folder("special tokens that are numbers", "broken-tokenizer", config(eos_token=5)),
    Folder("special tokens that are lists", "broken-tokenizer", config(eos_token=["a", ["b"]])),
    Folder(
        "further special tokens that are a number", "broken-tokenizer", config(additional_special_tokens=5)
    ),
    Folder(
        "special tokens of a name of Python's",
        "ok",
        config(extra_special_tokens={"__class__": "<c>", "__init__": "<i>", "encode": "<e>"}),
    ),
    Folder(
        "a table of special tokens that is junk",
        "broken-tokenizer",
        beside({"special_tokens_map.json": "[1"}),
    ),
    Folder("a table of added tokens that is junk", "broken-tokenizer", beside({"added_tokens.json": "[1"})),
    Folder(
        "a table of added tokens by ids that are none",
        "broken-tokenizer",
        config(added_tokens_decoder={"one": {"content": "<z>"}}),
    ),
]
