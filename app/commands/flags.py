"""Flags that several commands share; light, since every command line is parsed with them."""

from __future__ import annotations

import argparse


def add_strategy(command: argparse.ArgumentParser) -> None:
    """Which masking rule."""
    command.add_argument("--strategy", metavar="NAME", help="a masking rule; see `lossmask strategies`")
    command.add_argument("--option", metavar="K=V", action="append", default=[], help="of the strategy")


def add_request(command: argparse.ArgumentParser) -> None:
    """What a conversation is rendered and tokenized with."""
    command.add_argument("--tokenizer", metavar="NAME", help="bundled, hub:ORG/NAME[@REVISION], local:FOLDER")
    command.add_argument("--loader", choices=("auto", "file"), help="how the tokenizer's folder is read")
    command.add_argument(
        "--template", metavar="SOURCE", help="a file of Jinja source, bundled:NAME or named:NAME"
    )
    command.add_argument("--template-argument", metavar="K=V", action="append", default=[])
    command.add_argument("--today", metavar="DATE", help="the date that the template sees")


def add_input(command: argparse.ArgumentParser) -> None:
    """Which conversation, and what it is rendered and tokenized with."""
    command.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    add_request(command)
    command.add_argument("--row", type=int, default=0, metavar="N", help="which row of several, from 0")
    command.add_argument("--format", help="read the file as this format")
    command.add_argument("--json", action="store_true", help="print the body that the API answers")


def positive(given: str) -> int:
    """A whole number from 1 on.

    Raises:
        ArgumentTypeError: it is less.
    """
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
