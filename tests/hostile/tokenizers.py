"""Folders that call themselves tokenizers: broken, huge, deep, contradictory, endless to load or to use."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.hostile.case import Outcome

Spec: TypeAlias = dict[str, Any]

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
CONFIG = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "chat_template": CHATML}


@dataclass(frozen=True)
class Folder:
    """How a folder is made, and what analysing with it ends in."""

    name: str
    outcome: Outcome
    make: Callable[[Path], None]

    def __str__(self) -> str:
        return self.name


def sound() -> Spec:
    """A byte-level tokenizer that there is nothing wrong with."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["give me a recipe to bake pancakes"], trainer)
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    spec: Spec = json.loads(tokenizer.to_str())
    return spec


SOUND = sound()


def write(folder: Path, text: str, config: object = CONFIG) -> None:
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def changed(change: Callable[[Spec], object]) -> Callable[[Path], None]:
    """The sound tokenizer, spoilt in one place."""

    def make(folder: Path) -> None:
        spec = copy.deepcopy(SOUND)
        change(spec)
        write(folder, json.dumps(spec))

    return make


def member(name: str, value: object) -> Callable[[Path], None]:
    return changed(lambda spec: spec.__setitem__(name, value))


def model(**members: object) -> Callable[[Path], None]:
    return changed(lambda spec: spec["model"].update(members))


def text(written: str) -> Callable[[Path], None]:
    return lambda folder: write(folder, written)


def config(**members: object) -> Callable[[Path], None]:
    """The sound tokenizer with another configuration."""
    return lambda folder: write(folder, json.dumps(SOUND), {**CONFIG, **members})


def split(pattern: str) -> Callable[[Path], None]:
    """A regular expression before the sound tokenizer's own splitting."""
    before = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return member("pre_tokenizer", {"type": "Sequence", "pretokenizers": [before, SOUND["pre_tokenizer"]]})


def normalizers(*steps: object) -> Callable[[Path], None]:
    return member("normalizer", {"type": "Sequence", "normalizers": list(steps)})


def replace(pattern: str, content: str) -> Spec:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def added(index: int, content: object, **flags: object) -> Callable[[Path], None]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return changed(
        lambda spec: spec["added_tokens"].append({"id": index, "content": content, **plain, **flags})
    )


def with_vocabulary(index: object) -> Callable[[Path], None]:
    return changed(lambda spec: spec["model"]["vocab"].__setitem__("far", index))


def many_merges(count: int) -> Callable[[Path], None]:
    """Merges by the hundred thousand, each of which makes an entry of its own."""

    def change(spec: Spec) -> None:
        vocabulary, merges = spec["model"]["vocab"], spec["model"]["merges"]
        left = "a"
        for index in range(count):
            entry = f"{index:x}"
            vocabulary.setdefault(entry, 1_000 + 2 * index)
            vocabulary.setdefault(left + entry, 1_001 + 2 * index)
            merges.append([left, entry])

    return changed(change)


def unigram(vocabulary: object, unknown: object) -> Callable[[Path], None]:
    """The scores are written as JSON is not, where they are no numbers."""
    return member(
        "model", {"type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": False}
    )


def pipe(folder: Path) -> None:
    write(folder, "")
    (folder / "tokenizer.json").unlink()
    os.mkfifo(folder / "tokenizer.json")


def link(folder: Path) -> None:
    write(folder, "")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").symlink_to("/dev/zero")


def directory(folder: Path) -> None:
    write(folder, "")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").mkdir()


def sparse(folder: Path) -> None:
    """A file of two gigabytes that takes no room on the disk."""
    write(folder, "{")
    os.truncate(folder / "tokenizer.json", 2 * 2**30)


def parts(vocabulary: str, merges: str) -> Callable[[Path], None]:
    """The two files from before there was `tokenizer.json`."""

    def make(folder: Path) -> None:
        (folder / "vocab.json").write_text(vocabulary, encoding="utf-8")
        (folder / "merges.txt").write_text(merges, encoding="utf-8")
        named = json.dumps({**CONFIG, "tokenizer_class": "GPT2Tokenizer"})
        (folder / "tokenizer_config.json").write_text(named, encoding="utf-8")

    return make


def nested(kind: str, inside: str, times: int) -> str:
    """Steps in steps in steps, as JSON."""
    return f'{{"type": "Sequence", "{inside}": [' * times + f'{{"type": "{kind}"}}' + "]}" * times


def spliced(name: str, value: str) -> Callable[[Path], None]:
    """A member that is too deep for a library to write."""
    return text(json.dumps({**SOUND, name: "HERE"}).replace('"HERE"', value))


FOLDERS = [
    Folder("nothing wrong", "ok", text(json.dumps(SOUND))),
    Folder("an empty file", "broken-tokenizer", text("")),
    Folder("no JSON", "broken-tokenizer", text("import os; os.system('id')")),
    Folder("JSON that ends early", "broken-tokenizer", text(json.dumps(SOUND)[:-20])),
    Folder("a list", "broken-tokenizer", text("[]")),
    Folder("lists a hundred thousand deep", "broken-tokenizer", text("[" * 100_000 + "]" * 100_000)),
    Folder(
        "objects a hundred thousand deep", "broken-tokenizer", text('{"a":' * 100_000 + "1" + "}" * 100_000)
    ),
    Folder("two gigabytes", "tokenizer-memory", sparse),
    Folder("a file that never ends", "broken-tokenizer", link),
    Folder("a pipe that nobody writes to", "tokenizer-timeout", pipe),
    Folder("a folder for a file", "broken-tokenizer", directory),
    Folder("NaN for a number", "broken-tokenizer", text(json.dumps({**SOUND, "truncation": float("nan")}))),
    Folder("a model that is a number", "broken-tokenizer", member("model", 5)),
    Folder("a model of no kind", "broken-tokenizer", model(type="Transformer")),
    Folder("no vocabulary", "ok", model(vocab={}, merges=[])),
    Folder("a vocabulary that is a list", "broken-tokenizer", model(vocab=["a", "b"])),
    Folder("an id below zero", "broken-tokenizer", with_vocabulary(-1)),
    Folder("an id that is no number", "broken-tokenizer", with_vocabulary("one")),
    Folder("an id beyond 32 bits", "broken-tokenizer", with_vocabulary(2**32)),
    Folder("an id of two thousand million", "ok", with_vocabulary(2**31 - 1)),
    Folder("one id twice", "ok", with_vocabulary(5)),
    Folder(
        "an entry of a megabyte",
        "ok",
        changed(lambda spec: spec["model"]["vocab"].update({"x" * 999_999: 999})),
    ),
    Folder("merges of what is not there", "broken-tokenizer", model(merges=[["no", "such"]])),
    Folder("merges of three", "broken-tokenizer", model(merges=[["a", "b", "c"]])),
    Folder("merges that are numbers", "broken-tokenizer", model(merges=[1, 2])),
    Folder("200,000 merges", "tokenizer-memory", many_merges(200_000)),
    Folder("dropout beyond one", "broken-tokenizer", model(dropout=5.0)),
    Folder("an unknown token that is not there", "ok", model(unk_token="<none>")),
    Folder("a regular expression that walks back", "broken-tokenizer", split(r"(?:a|a?)+(?:a|aa)*(?:a+)+$b")),
    # The library gives up a match after ten million steps; this one takes a million at every letter.
    Folder("a regular expression that walks back often", "template-timeout", split("(?:a?){20}a{20}b")),
    Folder("a regular expression that is none", "broken-tokenizer", split("((((")),
    Folder("repeats of repeats of repeats", "ok", split("(?:(?:(?:a{1,999}){1,999}){1,999}){1,999}")),
    Folder("groups a hundred thousand deep", "broken-tokenizer", split("(" * 100_000 + ")" * 100_000)),
    Folder("a pattern that matches nothing", "ok", split("")),
    Folder(
        "a normalizer that multiplies", "template-memory", normalizers(*[replace("a", "aaaaaaaaaa")] * 12)
    ),
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
    Folder(
        "normalizers two thousand deep",
        "broken-tokenizer",
        spliced("normalizer", nested("NFC", "normalizers", 2_000)),
    ),
    Folder("a hundred thousand normalizers", "ok", normalizers(*[{"type": "NFC"}] * 20_000)),
    Folder(
        "pre-tokenizers two thousand deep",
        "broken-tokenizer",
        spliced("pre_tokenizer", nested("Whitespace", "pretokenizers", 2_000)),
    ),
    Folder("a normalizer of no kind", "broken-tokenizer", normalizers({"type": "Cycle"})),
    Folder(
        "a character map of junk",
        "broken-tokenizer",
        normalizers({"type": "Precompiled", "precompiled_charsmap": "AAAA" * 999}),
    ),
    Folder("an added token of nothing", "ok", added(300, "")),
    Folder("an added token of a megabyte", "ok", added(300, "x" * 999_999)),
    Folder("an added token over another", "ok", added(300, "<|im_end|>")),
    Folder(
        "added tokens that overlap",
        "ok",
        changed(
            lambda spec: [
                spec["added_tokens"].append(
                    {**spec["added_tokens"][0], "id": 300 + i, "content": "<|im_" + "e" * i}
                )
                for i in range(99)
            ]
        ),
    ),
    Folder("an added token of one letter", "ok", added(300, "e", single_word=True, lstrip=True, rstrip=True)),
    Folder("an added token far away", "ok", added(2**31 - 1, "<far>")),
    Folder("an added token that is a number", "broken-tokenizer", added(300, 5)),
    Folder("an added token of half a character", "broken-tokenizer", added(300, "\ud800")),
    Folder(
        "a post-processor of no tokens",
        "ok",
        member(
            "post_processor",
            {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<no>", "type_id": 0}}],
                "pair": [],
                "special_tokens": {},
            },
        ),
    ),
    Folder(
        "padding to a thousand million",
        "ok",
        member(
            "padding",
            {
                "strategy": {"Fixed": 10**9},
                "direction": "Right",
                "pad_to_multiple_of": None,
                "pad_id": 0,
                "pad_type_id": 0,
                "pad_token": "!",
            },
        ),
    ),
    Folder(
        "truncation to nothing",
        "ok",
        member(
            "truncation", {"max_length": 0, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
        ),
    ),
    Folder(
        "scores that are infinite",
        "broken-tokenizer",
        text(
            json.dumps({**SOUND, "model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", float("-inf")]]}})
        ),
    ),
    Folder("an unknown token out of range", "broken-tokenizer", unigram([["a", -1.0]], 99)),
    Folder("no unknown token", "broken-tokenizer", unigram([["q", -1.0]], None)),
    Folder(
        "code of its own",
        "broken-tokenizer",
        config(auto_map={"AutoTokenizer": ["evil.Evil", None]}, tokenizer_class="Evil"),
    ),
    Folder("a class that is a number", "broken-tokenizer", config(tokenizer_class=5)),
    Folder(
        "a configuration that is a list",
        "broken-tokenizer",
        lambda folder: write(folder, json.dumps(SOUND), []),
    ),
    Folder("special tokens that are numbers", "broken-tokenizer", config(eos_token=5)),
    Folder("a template that is a number", "no-template", config(chat_template=5)),
    Folder(
        "a template that never ends",
        "template-timeout",
        config(
            chat_template="{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
        ),
    ),
    Folder("a template of two megabytes", "too-large", config(chat_template="a{{ 1 }}" * 250_000)),
    Folder("the old files, of junk", "broken-tokenizer", parts("[1, 2", "junk")),
    Folder(
        "the old files, merges of what is not there",
        "broken-tokenizer",
        parts('{"a": 0}', "#version: 0.2\nno such"),
    ),
]
