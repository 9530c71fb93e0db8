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
from .settings import Settings

DEFAULT_PORT = 8000
DEFAULT_JOBS = min(os.cpu_count() or 1, 8)

_EXIT_CODES = """\
exit codes of analyze: 0, the row trains; 1, the framework leaves the row out or raises on it;
2, the input, the template, the tokenizer or an option is at fault, or a limit was reached.
"""

_CHECK_EXIT_CODES = """\
exit codes of check: 0, no finding at or above --fail-on; 1, at least one; 2, the file has no rows, a row
cannot be read or rendered, or the tokenizer or an option is at fault.
"""

_MATRIX_EXIT_CODES = """\
exit codes of matrix: 0, the rows are shown, refusals among them; 2, the input, the template or
the tokenizer is at fault, or a limit was reached.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    given = _parser().parse_args(arguments)
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
    _add_check(commands)
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
        epilog=_EXIT_CODES,
    )
    _add_input(analyze)
    _add_strategy(analyze)
    analyze.set_defaults(run=_analyze)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="find what is wrong with the masks of a whole file",
        description="FILE is JSONL: one conversation a line, in any format that the page reads.",
        epilog=_CHECK_EXIT_CODES,
    )
    check.add_argument("file", metavar="FILE", help="a JSONL file, or - for standard input")
    _add_request(check)
    _add_strategy(check)
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
    check.add_argument("--jobs", type=_positive, default=DEFAULT_JOBS, metavar="N", help="worker processes")
    check.set_defaults(run=_check)


def _add_strategy(command: argparse.ArgumentParser) -> None:
    """Which masking rule."""
    command.add_argument("--strategy", metavar="NAME", help="a masking rule; see `lossmask strategies`")
    command.add_argument("--option", metavar="K=V", action="append", default=[], help="of the strategy")


def _add_request(command: argparse.ArgumentParser) -> None:
    """What a conversation is rendered and tokenized with."""
    command.add_argument("--tokenizer", metavar="NAME", help="bundled, hub:ORG/NAME[@REVISION], local:FOLDER")
    command.add_argument("--loader", choices=("auto", "file"), help="how the tokenizer's folder is read")
    command.add_argument(
        "--template", metavar="SOURCE", help="a file of Jinja source, bundled:NAME or named:NAME"
    )
    command.add_argument("--template-argument", metavar="K=V", action="append", default=[])
    command.add_argument("--today", metavar="DATE", help="the date that the template sees")


def _positive(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _add_matrix(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    matrix = commands.add_parser(
        "matrix",
        help="show what every masking rule trains of a conversation in a file",
        description="One line a masking rule, each with its default options but for the one that "
        "`--strategy` names, which has those of `--option`. FILE is read as `analyze` reads it.",
        epilog=_MATRIX_EXIT_CODES,
    )
    _add_input(matrix)
    _add_strategy(matrix)
    matrix.set_defaults(run=_matrix)


def _add_input(command: argparse.ArgumentParser) -> None:
    """Which conversation, and what it is rendered and tokenized with."""
    command.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    _add_request(command)
    command.add_argument("--row", type=int, default=0, metavar="N", help="which row of several, from 0")
    command.add_argument("--format", help="read the file as this format")
    command.add_argument("--json", action="store_true", help="print the body that the API answers")


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


def _matrix(given: argparse.Namespace) -> int:
    from .commands.matrix import matrix

    return matrix(given, Settings())


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
