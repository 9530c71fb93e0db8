"""The command line: serve the page, analyse a row, check a file, list what can be chosen.

Worker processes import this module again, so whatever is heavy is imported by the command
that needs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__
from .commands import exit_codes
from .commands.flags import add_input, add_request, add_strategy, positive
from .errors import OptionError
from .settings import Settings

DEFAULT_PORT = 8000
DEFAULT_JOBS = min(os.cpu_count() or 1, 8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    given = _parser().parse_args(arguments)
    try:
        Settings().check()
    except OptionError as error:
        print(f"lossmask: {error.detail}", file=sys.stderr)
        return 2
    try:
        return int(given.run(given))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # What reads the output has seen enough; the interpreter would complain once more when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lossmask",
        description="See exactly which tokens a supervised fine-tune learns from, and why. "
        "Without a command: serve the page and open it in the browser.",
    )
    parser.add_argument("--version", action="version", version=f"lossmask {__version__}")
    parser.set_defaults(run=_open_page)
    commands = parser.add_subparsers(title="commands", metavar="")
    _add_serve(commands)
    _add_analyze(commands)
    _add_matrix(commands)
    _add_compare(commands)
    _add_check(commands)
    _add_batch(commands)
    _add_open(commands)
    _add_snapshots(commands)
    commands.add_parser("strategies", help="list the masking rules").set_defaults(run=_strategies)
    commands.add_parser("templates", help="list the bundled chat templates").set_defaults(run=_templates)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="serve the page and the API, without opening a browser")
    serve.add_argument("--port", type=int, help=f"default: {DEFAULT_PORT}, or a free one where it is taken")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--no-open", action="store_true", help="accepted, and the default")
    serve.set_defaults(run=_serve)


def _add_analyze(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    analyze = commands.add_parser(
        "analyze",
        help="show the mask of a conversation in a file",
        description="FILE holds a conversation in any format that the page reads, or an API request.",
        epilog=exit_codes.ANALYZE,
    )
    add_input(analyze)
    add_strategy(analyze)
    _add_losses(analyze)
    analyze.add_argument(
        "--save", metavar="FILE", help="save the analysis too: NAME.html, .json, .csv, .svg or .md"
    )
    analyze.set_defaults(run=_analyze)


def _add_losses(analyze: argparse.ArgumentParser) -> None:
    """Where true losses come from; nothing is asked where neither is given."""
    source = analyze.add_mutually_exclusive_group()
    source.add_argument(
        "--model",
        metavar="NAME",
        help="find every token's loss by this model: hub:ORG/NAME[@REVISION] or local:FOLDER (needs the "
        "extra lossmask[model])",
    )
    source.add_argument(
        "--losses", metavar="FILE", help="take every token's loss or log-probability from this file"
    )


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="find what is wrong with the masks of a whole file",
        description="FILE is JSONL: one conversation a line, in any format that the page reads.",
        epilog=exit_codes.CHECK,
    )
    check.add_argument("file", metavar="FILE", help="a JSONL file, or - for standard input")
    add_request(check)
    add_strategy(check)
    check.add_argument(
        "--select", metavar="CODES", action="append", default=[], help="only these, such as LM2,LM301"
    )
    check.add_argument("--ignore", metavar="CODES", action="append", default=[], help="all but these")
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "note"),
        default="error",
        help="least severity that gives exit code 1 (default: %(default)s)",
    )
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="of the report")
    check.add_argument("--jobs", type=positive, default=DEFAULT_JOBS, metavar="N", help="worker processes")
    check.set_defaults(run=_check)


def _add_batch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    batch = commands.add_parser(
        "batch",
        help="show what share of the loss each row of a file has",
        description="FILE is JSONL: one conversation a line, in any format that the page reads. Rows are "
        "dealt in order into micro-batches, accumulation steps and ranks.",
        epilog=exit_codes.BATCH,
    )
    batch.add_argument("file", metavar="FILE", help="a JSONL file, or - for standard input")
    add_request(batch)
    add_strategy(batch)
    for flag, default in (("--micro-batch-size", 8), ("--gradient-accumulation-steps", 1), ("--ranks", 1)):
        batch.add_argument(flag, type=positive, default=default, metavar="N", help="default: %(default)s")
    batch.add_argument("--packing", choices=("bfd", "bfd_split", "wrapped"), help="pack as TRL does")
    batch.add_argument(
        "--packing-length", type=positive, metavar="N", help="default: the strategy's max_length, or 1024"
    )
    batch.add_argument("--padding-free", action="store_true", help="lay a micro-batch's rows end to end")
    batch.add_argument("--reduction", metavar="NAME[:K=V]", help="default: as the strategy's framework does")
    batch.add_argument(
        "--compare-with", metavar="NAME[:K=V]", help="default: micro-batch-mean beside token-mean"
    )
    batch.add_argument("--columns", action="store_true", help="with --json: every token of every sequence")
    batch.add_argument("--json", action="store_true", help="print the body that the API answers")
    batch.set_defaults(run=_batch)


def _add_matrix(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    matrix = commands.add_parser(
        "matrix",
        help="show what every masking rule trains of a conversation in a file",
        description="One line a masking rule, each with its default options but for the one that "
        "`--strategy` names, which has those of `--option`. FILE is read as `analyze` reads it.",
        epilog=exit_codes.MATRIX,
    )
    add_input(matrix)
    add_strategy(matrix)
    matrix.set_defaults(run=_matrix)


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    compare = commands.add_parser(
        "compare",
        help="show which tokens of a conversation differ under two settings",
        description="FILE is read as `analyze` reads it. What --a and --b say stands in place of the other "
        "flags: strategy, option.NAME, tokenizer, loader, template, argument.NAME, today.",
        epilog=exit_codes.COMPARE,
    )
    add_input(compare)
    add_strategy(compare)
    for side in ("a", "b"):
        compare.add_argument(
            f"--{side}", metavar="K=V", action="append", default=[], help=f"{side.upper()} alone"
        )
    compare.set_defaults(run=_compare)


def _add_open(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = commands.add_parser(
        "open",
        help="open a saved file or a link, and compare its result with a new one",
        description="A FILE is an .html or .json file that Lossmask saved, - for standard input. A LINK "
        "has a #v1.… in it and is read without asking anyone; quote it, since # begins a comment in a shell.",
        epilog=exit_codes.OPEN,
    )
    opening.add_argument("what", metavar="FILE-or-LINK")
    opening.add_argument("--json", action="store_true", help="print the body that the API answers")
    opening.add_argument("--serve", action="store_true", help="show it on the page, in the browser")
    opening.add_argument("--port", type=int, help="with --serve: the port to serve on")
    opening.set_defaults(run=_open_saved)


def _add_snapshots(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    snapshots = commands.add_parser(
        "snapshots",
        help="list, show and remove what is stored on this server",
        description="Snapshots in the database that LOSSMASK_DATABASE or LOSSMASK_DATABASE_URL names, "
        "else in the user's data folder; the server may run meanwhile.",
        epilog=exit_codes.SNAPSHOTS,
    )
    actions = snapshots.add_subparsers(title="commands", metavar="", dest="action", required=True)
    actions.add_parser("list", help="all of them, the newest first, and the room they take")
    actions.add_parser("show", help="one of them; with --json its body too").add_argument("id", metavar="ID")
    actions.add_parser("rm", help="remove some, at once").add_argument("ids", metavar="ID", nargs="+")
    actions.add_parser("purge", help="remove those that have expired")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="print JSON")
    snapshots.set_defaults(run=_snapshots)


def _open_page(given: argparse.Namespace) -> int:
    from .commands.serve import serve

    return serve("127.0.0.1", None, open_browser=True)


def _serve(given: argparse.Namespace) -> int:
    from .commands.serve import serve

    return serve(given.host, given.port, open_browser=False)


def _analyze(given: argparse.Namespace) -> int:
    from .commands.analyze import analyze

    return analyze(given, Settings())


def _check(given: argparse.Namespace) -> int:
    from .commands.check import check

    return check(given, Settings())


def _batch(given: argparse.Namespace) -> int:
    from .commands.batch import batch

    return batch(given, Settings())


def _compare(given: argparse.Namespace) -> int:
    from .commands.compare import compare

    return compare(given, Settings())


def _matrix(given: argparse.Namespace) -> int:
    from .commands.matrix import matrix

    return matrix(given, Settings())


def _open_saved(given: argparse.Namespace) -> int:
    from .commands.open import open_saved

    return open_saved(given, Settings())


def _snapshots(given: argparse.Namespace) -> int:
    from .commands.snapshots import snapshots

    return snapshots(given, Settings())


def _strategies(given: argparse.Namespace) -> int:
    from .strategies.registry import STRATEGIES

    for strategy in STRATEGIES.values():
        print(f"{strategy.name}: {strategy.meaning}")
        print(f"    {strategy.framework} {strategy.version}; read in {strategy.source}")
        for option in strategy.options:
            print(f"    --option {option.name}={option.default}: {option.meaning}")
    return 0


def _templates(given: argparse.Namespace) -> int:
    from .rendering.library import bundled_templates

    for template in bundled_templates():
        print(f"bundled:{template.name}: {template.title}, {template.description}")
    return 0
