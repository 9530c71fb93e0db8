"""Train the bundled tokenizer, a byte-level BPE of 16,384 entries, on Python's standard library.

What is covered: English prose (docstrings, comments and the language reference that Python
carries in `pydoc_data`) and Python code, under Python's own free licence; and, as added
tokens, the control tokens of the common chat formats.
What is not covered: other languages, which come out as many short tokens.

The result depends on the Python version alone: the same version gives the same bytes. The
committed files were made with Python 3.11.

    python scripts/train_bundled_tokenizer.py [FOLDER]
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import sysconfig
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

BUNDLED = Path(__file__).resolve().parent.parent / "app" / "tokenization" / "bundled"
ENTRIES = 16_384
PROSE_WEIGHT = 6
"""Code outweighs prose by far in the sources, while conversations are mostly prose.

Tokens of 11,271 characters of conversation: 3,281 at weight 1, 3,211 at 6, 3,229 at 20.
"""

# A word takes the space before it; digits stand alone; line breaks never join what is around them, so
# that a template's header ends where a token does.
WORDS = (
    r"'\p{Ll}{1,2}(?!\p{L})| ?\p{L}[\p{L}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+|[\r\n]+|[^\S\r\n]+(?!\S)|[^\S\r\n]+"
)

ROLES = "system\nuser\nassistant\ntool\ndeveloper\nhuman\nmodel\n"
ROLE_WEIGHT = 2_000
"""The names of roles stand in every header, and hardly in the sources: one token each."""

CONTROL = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<|eot_id|>", "<|eom_id|>", "<|python_tag|>"),
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    *("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
    *("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>"),
    *("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),  # noqa: RUF001
    *("<|startoftext|>", "<|start|>", "<|channel|>", "<|message|>"),
    *("<|return|>", "<|call|>", "<|constrain|>"),
]
"""Declared special, as the models that use them declare them."""

MARKERS = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]
"""Added but not special, as Qwen's are: part of what a model says, not of the frame around it."""

CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<|begin_of_text|>",
    "eos_token": "<|im_end|>",
    "pad_token": "<|endoftext|>",
    "add_bos_token": False,
    "clean_up_tokenization_spaces": False,
    "model_max_length": 131_072,
}


def sources() -> list[Path]:
    """The standard library's modules in a fixed order, without what was installed beside them."""
    root = Path(sysconfig.get_path("stdlib"))
    skipped = {"site-packages", "__pycache__", "idlelib", "lib2to3", "turtledemo", "encodings"}
    return sorted(path for path in root.rglob("*.py") if not skipped & set(path.relative_to(root).parts))


def read(path: Path) -> str:
    """A module's source, or nothing where it is not UTF-8 (some tests are not, on purpose)."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def prose(source: str) -> Iterator[str]:
    """The comments of a module and its strings of several lines, which are docstrings for the most part."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.string.lstrip("#")
            elif token.type == tokenize.STRING and "\n" in token.string:
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        return


def reference() -> Iterator[str]:
    """The language reference: every topic of Python's own `help`."""
    from pydoc_data.topics import topics

    for name in sorted(topics):
        yield topics[name]


def corpus() -> Iterator[str]:
    """Every text to learn from; prose several times over, and once with each word on a line of its own."""
    for path in sources():
        source = read(path)
        yield source
        yield from _weighted(prose(source))
    yield from _weighted(reference())
    yield ROLES * ROLE_WEIGHT


def _weighted(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        yield from [text] * PROSE_WEIGHT
        # A message often begins with a word that prose has in mid-sentence, after a space.
        yield "\n".join(text.split())


def added(text: str, special: bool) -> AddedToken:
    return AddedToken(text, special=special, normalized=False)


def train() -> Tokenizer:
    """The tokenizer, its control tokens last so that the vocabulary before them is the learnt one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=ENTRIES - len(CONTROL) - len(MARKERS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_tokens([added(text, True) for text in CONTROL] + [added(text, False) for text in MARKERS])
    return tokenizer


def write(folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = train()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = json.dumps(CONFIG, indent=2, ensure_ascii=False) + "\n"
    (folder / "tokenizer_config.json").write_text(config, encoding="utf-8")
    sys.stdout.write(f"{tokenizer.get_vocab_size()} entries in {folder}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=BUNDLED)
    write(parser.parse_args().folder)


if __name__ == "__main__":
    main()
