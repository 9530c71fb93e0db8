"""The matrix as text: one scale, a sign for each state, every refusal with its reason."""

from __future__ import annotations

from lossmask.commands.matrix_lines import WIDTH, lines
from lossmask.commands.terminal import Style
from lossmask.core.analysis import Outcome
from lossmask.core.matrix import ASPECTS, Matrix, MatrixRow, MissingRow, StripRun

PLAIN = Style(colour=False)


def row(
    strategy: str, *runs: StripRun, outcome: Outcome | None = None, remark: str | None = None
) -> MatrixRow:
    aspects = dict.fromkeys(ASPECTS, "partly")
    return MatrixRow(strategy, "x", "1", outcome or Outcome(), 80, 7, aspects, runs, (), remark=remark)  # type: ignore[arg-type]


def shown(*rows: MatrixRow, style: Style = PLAIN, missing: tuple[MissingRow, ...] = ()) -> list[str]:
    return list(lines(Matrix(80, (), rows, missing), style))


def test_a_strip_has_one_scale_and_a_sign_for_each_state() -> None:
    runs = (StripRun(0, 20, "masked"), StripRun(20, 41, "trained"), StripRun(41, 60, "masked"))
    head, line, _ = shown(row("full", *runs, StripRun(60, 80, "absent")))
    strip = "▁" * 10 + "█" * 10 + "▄" + "▁" * 9 + "·" * 10
    assert len(strip) == WIDTH
    assert line.split()[:4] == ["full", strip, "7", "80"]
    assert line.split()[4:] == ["partly"] * 6
    assert line.index("7") == head.index("trained") + len("trained") - 1


def test_without_unicode() -> None:
    runs = (StripRun(0, 1, "trained"), StripRun(1, 78, "masked"), StripRun(78, 80, "absent"))
    line = shown(row("full", *runs), style=Style(colour=False, unicode=False))[1]
    assert line.split()[1] == "+" + "-" * 38 + "."
    assert line.isascii()


def test_refusals_and_rows_that_were_not_worked_out_say_why() -> None:
    dropped = row("axolotl", StripRun(0, 80, "absent"), outcome=Outcome("dropped", "Too\x1b long."))
    raises = row("verl", StripRun(0, 80, "absent"), outcome=Outcome("error", "ValueError: no."))
    _, *found, _ = shown(dropped, raises, missing=(MissingRow("nemo-rl", "NeMo-RL", "1", "No time."),))
    assert [" ".join(line.split()) for line in found] == [
        "axolotl drops the row: Too\ufffd long.",
        "verl raises: ValueError: no.",
        "nemo-rl No time.",
    ]


def test_a_remark_stands_below_its_row() -> None:
    found = shown(row("full", StripRun(0, 80, "masked"), remark="One option was worked out."))
    assert found[2].strip() == "One option was worked out."
