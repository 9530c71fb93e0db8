"""Record what TRL's own packing and collator make of random rows, for `tests/core/batch/test_packing.py`.

What is covered: `pack_dataset` with each strategy, and the trainer's collator over all packs as one batch,
padding-free and (`wrapped` alone, as the trainer allows) padded; rows whole and padding-free as well. And
conversations through the trainer's own preparation, with the bundled tokenizer and its ChatML template.
What is not covered: the shuffle before packing, and more than one preparing process.

Run it in an environment of its own that has trl 1.16.0; the committed file was made so, with
datasets 5.2.0 and torch 2.13.0.

    python scripts/packing_labels.py [FILE]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datasets
import pyarrow
import transformers
import trl
from trl.chat_template_utils import get_training_chat_template
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "tests" / "core" / "batch" / "packing_trl.json"
SEED = 20_261_123
MASKED = -100
STRATEGIES = ("bfd", "bfd_split", "wrapped")
COLUMNS = datasets.Features(
    {name: datasets.List(datasets.Value("int64")) for name in ("input_ids", "labels")}
)

CONVERSATIONS = (
    ("What do bees make?", "Honey, and wax for the comb."),
    ("Name three rivers.", "The Rhine, the Danube and the Elbe.", "And a fourth?", "The Oder."),
    ("A long question follows. " * 6 + "Is it over?", "Yes."),
    ("Hi.", "Hello!"),
    ("Count to five.", "One, two, three, four, five."),
    ("Thanks.", "You are welcome. Come back whenever a row of tokens needs counting."),
)
"""What the user and the assistant say in turn. The third is longer than the packing length."""
PREPARED_LENGTH = 40

Json = dict[str, Any]
Row = tuple[list[int], list[int]]


def rows_of(sizes: Sequence[int], share: float, chance: random.Random) -> list[Row]:
    """Random ids, and labels of which about `share` are trained."""
    rows = []
    for size in sizes:
        ids = [chance.randrange(1, 1_000) for _ in range(size)]
        rows.append((ids, [id if chance.random() < share else MASKED for id in ids]))
    return rows


def cases(chance: random.Random) -> dict[str, tuple[int, list[Row]]]:
    """The packing length and the rows by what they show."""
    some = [chance.randint(1, 14) for _ in range(30)]
    sizes = {
        "sizes of every kind": (12, some),
        "the same, a pack of 1": (1, some[:12]),
        "the same, a pack of 2": (2, some[:20]),
        "the same, not a power of two": (13, some),
        "the same, all in one pack": (500, some),
        "longer than the length": (8, [9, 17, 8, 24, 30, 1]),
        "exactly the length": (8, [8, 8, 8]),
        "rows of one token": (4, [1] * 11),
        "ties": (10, [6, 4, 6, 4, 5, 5, 3, 3, 3, 7, 7, 2, 2, 2, 1, 6, 4]),
        "equal room in several packs": (10, [7, 7, 7, 3, 2, 3, 2, 1, 1, 1, 8, 8, 2]),
        "rows without tokens": (6, [0, 3, 0, 0, 5, 2, 0]),
        "only rows without tokens": (6, [0, 0]),
        "one row": (6, [4]),
        "a multiple of the length": (5, [3, 7, 5, 5]),
        "more than a thousand rows": (7, [chance.choice((0, 1, 1, 1, 2, 2, 9)) for _ in range(1_004)]),
    }
    made = {name: (length, rows_of(found, 0.5, chance)) for name, (length, found) in sizes.items()}
    made["fully masked rows among others"] = (
        9,
        [row for share in (0, 1, 0, 0.5) for row in rows_of([4, 11, 2], share, chance)],
    )
    made["nothing but fully masked rows"] = (9, rows_of([4, 11, 2, 9], 0, chance))
    made["every token trained"] = (9, rows_of([4, 11, 2, 9, 5, 5], 1, chance))
    return made


def collated(rows: Sequence[Json], padding_free: bool) -> list[Any]:
    """`[ids, trained, runs]` of every row: whose label is the id, how long positions count up from 0."""
    if not rows:
        return []
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=padding_free)(list(rows))
    columns = [batch[name].tolist() for name in ("input_ids", "labels")]
    columns.append(batch["position_ids"].tolist() if padding_free else [None] * len(rows))
    if padding_free:
        places = [0, *accumulate(len(row["input_ids"]) for row in rows)]
        columns = [[column[0][start:stop] for start, stop in pairwise(places)] for column in columns]
    else:
        kept = [len(row["input_ids"]) for row in rows]
        columns[:2] = [[line[:n] for line, n in zip(column, kept, strict=True)] for column in columns[:2]]
    return [[ids, shown(ids, labels), runs(places)] for ids, labels, places in zip(*columns, strict=True)]


def shown(ids: Sequence[int], labels: Sequence[int]) -> str:
    """One character a token, 1 where the label is the id."""
    assert all(label in (id, MASKED) for id, label in zip(ids, labels, strict=True))
    return "".join("0" if label == MASKED else "1" for label in labels)


def runs(positions: Sequence[int] | None) -> list[int] | None:
    """How long positions count up before they begin at 0 again."""
    if positions is None:
        return None
    starts = [at for at, position in enumerate(positions) if position == 0]
    lengths = [stop - start for start, stop in pairwise([*starts, len(positions)])]
    assert [position for length in lengths for position in range(length)] == list(positions)
    return lengths


def record(length: int, rows: Sequence[Row]) -> Json:
    """The rows and what each way of joining them gives: its packs, or what it raises."""
    table = datasets.Dataset.from_dict(
        {"input_ids": [ids for ids, _ in rows], "labels": [labels for _, labels in rows]}, features=COLUMNS
    )
    found: Json = {}
    for strategy in STRATEGIES:
        try:
            packs = list(trl.pack_dataset(table, length, strategy))
        except pyarrow.ArrowNotImplementedError as error:
            found[strategy] = str(error)
            continue
        found[strategy] = collated(packs, padding_free=True)
        if strategy == "wrapped":
            found["wrapped, padded"] = collated(packs, padding_free=False)
    found["whole"] = collated([row for row in table if row["input_ids"]], padding_free=True)
    return {"length": length, "rows": [[ids, shown(ids, labels)] for ids, labels in rows], "packs": found}


def messages(said: Sequence[str]) -> list[Json]:
    """The conversation of what was said in turn."""
    roles = ("user", "assistant") * len(said)
    return [{"role": role, "content": content} for role, content in zip(roles, said, strict=False)]


def prepared(strategy: str, assistant_only: bool) -> list[Any]:
    """The conversations as `SFTTrainer` prepares, packs and collates them."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(ROOT / "app" / "tokenization" / "bundled")
    tokenizer.chat_template = (ROOT / "app" / "rendering" / "bundled" / "chatml.jinja").read_text()
    template = get_training_chat_template(tokenizer)
    trainer = SimpleNamespace(_tokenizer=tokenizer, chat_template=template, completion_only_loss=False)
    arguments = SimpleNamespace(
        dataset_num_proc=None,
        dataset_text_field="text",
        assistant_only_loss=assistant_only,
        max_length=PREPARED_LENGTH,
        truncation_mode="keep_end",  # which packing does not heed
        shuffle_dataset=False,
        packing_strategy=strategy,
        seed=SEED,
    )
    table = datasets.Dataset.from_list([{"messages": messages(said)} for said in CONVERSATIONS])
    made = SFTTrainer._prepare_dataset(trainer, table, tokenizer, arguments, True, None, "train")
    return collated(list(made), padding_free=strategy != "wrapped")


def conversations() -> Json:
    """The conversations and what the trainer makes of them under each strategy, for each of our names."""
    packs = {
        name: {strategy: prepared(strategy, assistant_only) for strategy in STRATEGIES}
        for name, assistant_only in {"trl-full": False, "trl-assistant-only": True}.items()
    }
    return {"length": PREPARED_LENGTH, "rows": [messages(said) for said in CONVERSATIONS], "packs": packs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=RECORDS)
    target = parser.parse_args().file
    datasets.disable_progress_bars()
    records = {name: record(*case) for name, case in cases(random.Random(SEED)).items()}
    lines = ",\n".join(f"{compact(name)}:{compact(made)}" for name, made in records.items())
    versions = {module.__name__: module.__version__ for module in (trl, datasets, transformers)}
    target.write_text(
        f'{{"versions":{compact(versions)},\n"conversations":{compact(conversations())},\n'
        f'"records":{{\n{lines}\n}}}}\n'
    )


def compact(value: Any) -> str:
    """JSON without spaces; a record each line keeps differences readable."""
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()
