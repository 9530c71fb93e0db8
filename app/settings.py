"""Every limit and every switch of the operator, in one table: name, default, one sentence.

A setting `job_seconds` is changed by the environment variable `LOSSMASK_JOB_SECONDS`.
The README shows this table, and a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = int | float | str


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: Value
    meaning: str

    @property
    def variable(self) -> str:
        return f"LOSSMASK_{self.name.upper()}"


SETTINGS: tuple[Setting, ...] = (
    Setting("hub", "on", "Whether tokenizers may be downloaded from the Hugging Face Hub: on or off."),
    Setting(
        "tokenizers", "", "Folder whose direct subfolders are offered as `local:FOLDER`; empty means none."
    ),
    Setting(
        "hosts",
        "127.0.0.1 localhost [::1]",
        "Names that this server answers to, apart by spaces; any other `Host` is refused.",
    ),
    Setting("workers", 2, "Worker processes that run analyses."),
    Setting("queue", 8, "Analyses that may wait for a worker before others are refused with 503."),
    Setting("job_seconds", 5.0, "Wall time of one analysis, in seconds, before its worker is killed."),
    Setting("load_seconds", 20.0, "Further wall time of an analysis whose tokenizer has to be loaded first."),
    Setting("job_megabytes", 512, "Memory that one analysis may add to its worker, in MiB (Linux only)."),
    Setting("body_bytes", 8 * 2**20, "Size of a request's body, in bytes."),
    Setting("conversation_characters", 2_000_000, "Length of a pasted conversation, in characters."),
    Setting("template_characters", 64 * 2**10, "Length of a chat template's source, in characters."),
    Setting("rendered_characters", 2_000_000, "Length of a rendered conversation, in characters."),
    Setting("drawn_tokens", 128_000, "Tokens drawn on the page; the API and the command line give all."),
    Setting("hub_file_megabytes", 64, "Size of all files downloaded for one tokenizer, in MiB."),
    Setting("hub_seconds", 120.0, "Wall time of one tokenizer download, in seconds."),
)

_DEFAULTS = {setting.name: setting for setting in SETTINGS}


class Settings:
    """Values by name, read from an environment.

    >>> Settings({"LOSSMASK_WORKERS": "4"}).integer("workers")
    4
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def _value(self, name: str) -> Value:
        setting = _DEFAULTS[name]
        return self._environment.get(setting.variable, setting.default)

    def integer(self, name: str) -> int:
        return int(self._value(name))

    def number(self, name: str) -> float:
        return float(self._value(name))

    def text(self, name: str) -> str:
        return str(self._value(name))

    def flag(self, name: str) -> bool:
        """True for on, 1, true and yes."""
        return self.text(name).strip().lower() in {"on", "1", "true", "yes"}
