"""Rules that are endless, contradictory or deep: regular expressions, normalizers, processors, padding."""

from __future__ import annotations

from tests.hostile.tokenizers.making import SOUND, Folder, Make, Spec, member, spliced


def split(pattern: str, **members: object) -> Make:
    """A regular expression before the sound tokenizer's own splitting."""
    before = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    steps = [{**before, **members}, SOUND["pre_tokenizer"]]
    return member("pre_tokenizer", {"type": "Sequence", "pretokenizers": steps})


def normalizers(*steps: object) -> Make:
    return member("normalizer", {"type": "Sequence", "normalizers": list(steps)})


def replace(pattern: str, content: str) -> Spec:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def charsmap(junk: object) -> Make:
    return normalizers({"type": "Precompiled", "precompiled_charsmap": junk})


def nested(kind: str, inside: str, times: int) -> str:
    """Steps in steps in steps, as JSON."""
    return f'{{"type": "Sequence", "{inside}": [' * times + f'{{"type": "{kind}"}}' + "]}" * times


def template(*single: object) -> Make:
    """A post-processor that puts tokens around the text."""
    return member(
        "post_processor",
        {"type": "TemplateProcessing", "single": list(single), "pair": [], "special_tokens": {}},
    )


def special(name: str) -> Spec:
    return {"SpecialToken": {"id": name, "type_id": 0}}


SEQUENCE = {"Sequence": {"id": "A", "type_id": 0}}
PADDING = {
    "strategy": "BatchLongest",
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 0,
    "pad_type_id": 0,
    "pad_token": "!",
}
TRUNCATION = {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}

FOLDERS = [
    Folder("a regular expression that walks back", "broken-tokenizer", split(r"(?:a|a?)+(?:a|aa)*(?:a+)+$b")),
    # The library gives up a match after ten million steps; this takes 250,000 at every letter.
    Folder("a regular expression that walks back often", "template-timeout", split("(?:a|[ab]){18}[cd]")),
    Folder(
        "a replacement that walks back often",
        "template-timeout",
        normalizers({"type": "Replace", "pattern": {"Regex": "(?:a|[ab]){18}[cd]"}, "content": ""}),
    ),
    Folder("a regular expression that is none", "broken-tokenizer", split("((((")),
    Folder("a regular expression that is a number", "broken-tokenizer", split(5)),  # type: ignore[arg-type]
    Folder("a reference to nothing", "broken-tokenizer", split(r"(a)\9")),
    Folder("a name that calls itself", "broken-tokenizer", split(r"(?<n>a\g<n>)")),
    Folder("a name that calls itself at its end", "ok", split(r"(?<n>a\g<n>?)")),
    Folder("repeats of repeats of repeats", "ok", split("(?:(?:(?:a{1,999}){1,999}){1,999}){1,999}")),
    Folder("more repeats than there may be", "broken-tokenizer", split("a{999999999}")),
    Folder("groups a hundred thousand deep", "broken-tokenizer", split("(" * 100_000 + ")" * 100_000)),
    Folder("a hundred thousand choices", "ok", split("|".join(f"x{i}y" for i in range(20_000)))),
    Folder("a pattern that matches nothing", "ok", split("")),
    Folder("a behaviour of no kind", "broken-tokenizer", split("a", behavior="Vanish")),
    Folder("everything removed", "ok", split(r"[\s\S]", behavior="Removed")),
    Folder("a normalizer that multiplies", "template-memory", normalizers(*[replace("a", "a" * 10)] * 12)),
    Folder(
        "a normalizer that puts much before",
        "tokenizer-memory",
        normalizers(*[{"type": "Prepend", "prepend": "x" * 999_999}] * 99),
    ),
    Folder(
        "a normalizer that deletes all",
        "ok",
        normalizers({"type": "Replace", "pattern": {"Regex": "."}, "content": ""}),
    ),
    Folder("a normalizer of nothing by something", "broken-tokenizer", normalizers(replace("", "b"))),
    Folder(
        "normalizers two thousand deep",
        "broken-tokenizer",
        spliced("normalizer", nested("NFC", "normalizers", 2_000)),
    ),
    Folder("twenty thousand normalizers", "ok", normalizers(*[{"type": "NFC"}] * 20_000)),
    Folder(
        "pre-tokenizers two thousand deep",
        "broken-tokenizer",
        spliced("pre_tokenizer", nested("Whitespace", "pretokenizers", 2_000)),
    ),
    Folder("a normalizer of no kind", "broken-tokenizer", normalizers({"type": "Cycle"})),
    Folder("a character map of junk", "broken-tokenizer", charsmap("AAAA" * 999)),
    Folder("a character map of nothing", "broken-tokenizer", charsmap("")),
    Folder("a character map that is no base64", "broken-tokenizer", charsmap("***")),
    Folder("a character map longer than it is", "tokenizer-memory", charsmap("/////wAAAAA=")),
    Folder("a character map that is a list", "broken-tokenizer", charsmap([1, 2, 3])),
    Folder("a decoder of no kind", "broken-tokenizer", member("decoder", {"type": "Oracle"})),
    Folder("a post-processor of no tokens", "ok", template(special("<no>"))),
    Folder("a post-processor that leaves out the text", "ok", template()),
    Folder("a post-processor that says the text often", "template-memory", template(*[SEQUENCE] * 999)),
    Folder("a post-processor of no kind", "broken-tokenizer", member("post_processor", {"type": "Oracle"})),
    Folder(
        "padding to a thousand million", "ok", member("padding", {**PADDING, "strategy": {"Fixed": 10**9}})
    ),
    Folder(
        "padding below zero", "broken-tokenizer", member("padding", {**PADDING, "strategy": {"Fixed": -1}})
    ),
    Folder("padding to a multiple of nothing", "ok", member("padding", {**PADDING, "pad_to_multiple_of": 0})),
    Folder("truncation to nothing", "ok", member("truncation", {**TRUNCATION, "max_length": 0})),
    Folder(
        "a stride longer than its length",
        "broken-tokenizer",
        member("truncation", {**TRUNCATION, "stride": 99}),
    ),
]
