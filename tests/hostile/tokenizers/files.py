"""Files that are no tokenizers: empty, cut off, of other kinds, links, pipes, the old two files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.hostile.tokenizers.making import CONFIG, SOUND, Folder, Make, beside, instead, text, write


def sparse(folder: Path) -> None:
    """A file of two gigabytes that takes no room on the disk."""
    write(folder, "{")
    os.truncate(folder / "tokenizer.json", 2 * 2**30)


def parts(vocabulary: str, merges: str) -> Make:
    """The two files from before there was `tokenizer.json`."""

    def make(folder: Path) -> None:
        (folder / "vocab.json").write_text(vocabulary, encoding="utf-8")
        (folder / "merges.txt").write_text(merges, encoding="utf-8")
        named = json.dumps({**CONFIG, "tokenizer_class": "GPT2Tokenizer"})
        (folder / "tokenizer_config.json").write_text(named, encoding="utf-8")

    return make


def only(name: str, content: bytes, **members: object) -> Make:
    """A folder of one file and a configuration."""

    def make(folder: Path) -> None:
        (folder / name).write_bytes(content)
        named = json.dumps({**CONFIG, **members})
        (folder / "tokenizer_config.json").write_text(named, encoding="utf-8")

    return make


WRITTEN = json.dumps(SOUND)

FOLDERS = [
    Folder("nothing wrong", "ok", text(WRITTEN)),
    Folder("an empty file", "broken-tokenizer", text("")),
    Folder("no JSON", "broken-tokenizer", text("import os; os.system('id')")),
    Folder("JSON that ends early", "broken-tokenizer", text(WRITTEN[:-20])),
    Folder("a list", "broken-tokenizer", text("[]")),
    Folder("lists a hundred thousand deep", "broken-tokenizer", text("[" * 100_000 + "]" * 100_000)),
    Folder(
        "objects a hundred thousand deep", "broken-tokenizer", text('{"a":' * 100_000 + "1" + "}" * 100_000)
    ),
    Folder("two gigabytes", "tokenizer-memory", sparse),
    Folder("two gigabytes, as written", "tokenizer-memory", sparse, loader="file"),
    Folder("a file that never ends", "broken-tokenizer", instead(lambda path: path.symlink_to("/dev/zero"))),
    Folder(
        "a file that never ends, as written",
        "broken-tokenizer",
        instead(lambda path: path.symlink_to("/dev/zero")),
        loader="file",
    ),
    Folder("a file of the system", "broken-tokenizer", instead(lambda path: path.symlink_to("/etc/passwd"))),
    Folder("a link to itself", "broken-tokenizer", instead(lambda path: path.symlink_to("tokenizer.json"))),
    Folder("a pipe that nobody writes to", "broken-tokenizer", instead(os.mkfifo)),
    Folder("a pipe, as written", "broken-tokenizer", instead(os.mkfifo), loader="file"),
    Folder("a folder for a file", "broken-tokenizer", instead(Path.mkdir)),
    Folder("bytes that are no text", "broken-tokenizer", beside({"tokenizer.json": b"\xff\xfe\x80" * 999})),
    Folder("another encoding", "broken-tokenizer", beside({"tokenizer.json": WRITTEN.encode("utf-16")})),
    Folder(
        "a mark before the text",
        "broken-tokenizer",
        beside({"tokenizer.json": b"\xef\xbb\xbf" + WRITTEN.encode()}),
    ),
    Folder("NaN for a number", "broken-tokenizer", text(json.dumps({**SOUND, "truncation": float("nan")}))),
    Folder("the old files, of junk", "broken-tokenizer", parts("[1, 2", "junk")),
    Folder(
        "the old files, merges of what is not there",
        "broken-tokenizer",
        parts('{"a": 0}', "#version: 0.2\nno such"),
    ),
    Folder("a model file of junk", "broken-tokenizer", only("tokenizer.model", b"\x0a\xff" * 9_999)),
    Folder(
        "a model file of junk for a class that reads it",
        "broken-tokenizer",
        only("tokenizer.model", b"\x0a\xff" * 9_999, tokenizer_class="LlamaTokenizer"),
    ),
    Folder(
        "a list of words that is junk",
        "broken-tokenizer",
        only("vocab.txt", bytes(range(256)) * 99, tokenizer_class="BertTokenizer"),
    ),
    Folder("a tekken file of junk", "broken-tokenizer", only("tekken.json", b'{"vocab": 5}')),
]
