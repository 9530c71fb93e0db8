"""`lossmask check` over real files: what it prints, how it ends, and that it reads as it goes."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lossmask.cli import main
from lossmask.commands import check as command
from lossmask.commands.rows import Row
from lossmask.core.analysis import Outcome
from lossmask.core.conversation import Conversation
from lossmask.core.request import AnalysisRequest

GOOD = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
BAD = {"messages": [{"role": "user", "content": "no reply"}]}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Checks rows, written to `data.jsonl`; a text stands for a line as it is."""

    def running(rows: list[Any], *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        Path("data.jsonl").write_text("\n".join(lines), encoding="utf-8")
        code = main(["check", "data.jsonl", "--jobs", "1", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return running


def test_a_clean_file_ends_with_0(run: Run) -> None:
    code, out, err = run([GOOD, "", GOOD], "--select", "LM1,LM2")
    assert (code, err) == (0, "")
    assert out == "2 rows: none with errors, warnings or notes.\n"


def test_findings_are_told_by_code_with_their_first_rows(run: Run) -> None:
    code, out, _ = run([BAD, "", GOOD, BAD, BAD, BAD], "--select", "lm101")
    assert code == 1
    lines = out.splitlines()
    assert re.fullmatch(r"LM101 error: .+ \(4 rows\)", lines[0])
    assert lines[1].startswith("  lines 1, 4, 5 and 1 more: ")
    assert lines[2].startswith("  fix: ")
    assert lines[-1] == "5 rows: 4 with errors."


def test_sentences_that_differ_are_told_apart(run: Run) -> None:
    others = [{"messages": [{"role": "user", "content": "no reply" * count}]} for count in range(2, 6)]
    _, out, _ = run([BAD, *others, BAD], "--select", "LM101")
    lines = out.splitlines()
    assert [line.partition(": ")[0] for line in lines[1:4]] == ["  lines 1 and 6", "  line 2", "  line 3"]
    assert lines[4] == "  and 2 rows more"
    answer = json.loads(run([BAD, *others, BAD], "--select", "LM101", "--format", "json")[1])
    [code] = answer["summary"]["codes"]
    assert [(told["rows"], told["first"]) for told in code["sentences"]] == [(2, [1, 6]), (1, [2]), (1, [3])]


def test_an_annotation_names_the_other_rows_of_its_sentence(run: Run) -> None:
    _, out, _ = run([BAD, GOOD, BAD], "--format", "github", "--select", "LM101")
    annotations = [line for line in out.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert ",line=1," in annotations[0]
    assert "%0AThe same in lines 1 and 3.%0AFix: " in annotations[0]


def test_what_is_not_selected_or_ignored_does_not_count(run: Run) -> None:
    assert run([BAD], "--select", "LM1")[0] == 1
    assert run([BAD], "--select", "LM1,LM2", "--ignore", "LM101")[0] == 0


def test_a_line_at_fault_does_not_end_the_others(run: Run) -> None:
    code, out, _ = run(['{"messages": ', GOOD, {"nothing": 1}, BAD], "--format", "json")
    assert code == 2
    answer = json.loads(out)
    assert [row["line"] for row in answer["rows"] if row["fault"]] == [1, 3]
    assert answer["summary"]["rows"] == 4
    assert answer["summary"]["faults"] == 2
    (bad,) = [row for row in answer["rows"] if row["line"] == 4]
    assert bad["findings"][0]["code"] == "LM101"
    assert {"code": "LM101", "severity": "error", "rows": 1, "first": [4]}.items() <= answer["summary"][
        "codes"
    ][0].items()


def test_a_template_that_refuses_a_row_is_a_fault_of_the_row(run: Run, tmp_path: Path) -> None:
    template = tmp_path / "template.jinja"
    template.write_text(
        "{{ raise_exception('%no: replies') if messages|length == 1 else messages[0].content }}"
    )
    code, out, _ = run([GOOD, BAD], "--template", str(template), "--format", "github")
    assert code == 2
    assert "::error file=data.jsonl,line=2,title=The chat template failed::%25no: replies\n" in out


def test_annotations_name_file_line_code_and_fix(run: Run) -> None:
    code, out, _ = run([GOOD, BAD], "--format", "github", "--select", "LM101")
    assert code == 1
    first, counts = out.splitlines()
    assert re.match(r"::error file=data\.jsonl,line=2,title=LM101%3A [^:,]+ \(1 row\)::[^\n]+%0AFix: ", first)
    assert counts == "2 rows: 1 with errors."


def test_a_file_without_rows_is_not_clean(run: Run) -> None:
    assert run([""])[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "LM999"),
        ("--ignore", "nonsense"),
        ("--strategy", "nonsense"),
        ("--option", "nonsense=1"),
        ("--tokenizer", "nonsense"),
        ("--template", "named:nonsense"),
        ("--template", "no-such-file"),
    ],
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_flags_at_fault_are_one_plain_line(run: Run, arguments: tuple[str, str], format: str) -> None:
    code, out, err = run([GOOD, GOOD], *arguments, "--format", format)
    assert (code, out) == (2, "")
    assert err.startswith("lossmask: ")
    assert err.count("\n") == 1


def test_a_missing_file_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no-such-file"]) == 2
    assert capsys.readouterr().err == "lossmask: no-such-file cannot be read: No such file or directory.\n"


def test_rows_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(BAD).encode())))
    assert main(["check", "-", "--jobs", "1", "--select", "LM101"]) == 1
    assert capsys.readouterr().out.endswith("1 row: 1 with errors.\n")


class Engine:
    """Answers rows out of their order, the later the sooner."""

    async def run(self, function: object, request: AnalysisRequest) -> tuple[Outcome, tuple[()]]:
        await asyncio.sleep(0.01 / len(request.conversation.messages))
        return Outcome(), ()


def test_rows_are_read_as_they_are_checked_and_told_in_order() -> None:
    taken: list[int] = []

    def rows() -> Iterator[Row]:
        for line in range(1, 51):
            taken.append(line)
            yield Row(line, line, Conversation(({"role": "user"},) * (1 + line % 3)))

    async def told() -> AsyncIterator[tuple[int, int]]:
        request = AnalysisRequest(Conversation(()))
        plan = command._Plan(request, frozenset(), 2)
        async for row in command._checked(Engine(), plan, rows()):  # type: ignore[arg-type]
            yield row.line, len(taken)

    async def gathered() -> list[tuple[int, int]]:
        return [pair async for pair in told()]

    pairs = asyncio.run(gathered())
    assert [line for line, _ in pairs] == list(range(1, 51))
    assert all(read - line <= 4 for line, read in pairs)


def test_exit_codes_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert "exit codes of check" in capsys.readouterr().out
