"""Every limit and every switch of the operator, in one table: name, default, one sentence.

A setting `job_seconds` is changed by the environment variable `LOSSMASK_JOB_SECONDS`.
The README shows this table, and a test holds the two together. A value that its kind does not take is
refused in one sentence, at the start by `check`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from .errors import OptionError

Value: TypeAlias = int | float | str
Number = TypeVar("Number", int, float)

ON, OFF = frozenset({"on", "1", "true", "yes"}), frozenset({"off", "0", "false", "no", ""})


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: Value
    meaning: str
    secret: bool = False
    """Read from the server's own environment alone: workers do not get it, nothing shows it."""
    least: int = 0
    """Of a whole number; one with a point, which is a time, is greater than 0."""

    @property
    def variable(self) -> str:
        return f"LOSSMASK_{self.name.upper()}"

    @property
    def is_switch(self) -> bool:
        return self.default in ("on", "off")


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
    Setting(
        "public_url",
        "",
        "Address that others reach this server at, such as `https://lossmask.example.org`, for short links; "
        "its name is answered to as well.",
    ),
    Setting(
        "trusted_proxies",
        "",
        "Addresses and networks of proxies, apart by spaces, whose word on who asks is believed "
        "(`X-Forwarded-For`, `X-Forwarded-Proto`); empty means none.",
    ),
    Setting(
        "frame_ancestors",
        "self",
        "Sites whose pages may show `/embed` in a frame, apart by spaces: self, none, * or addresses.",
    ),
    Setting("lessons", "", "Folder of Markdown files that are offered as further lessons; empty means none."),
    Setting("workers", 2, "Worker processes that run analyses.", least=1),
    Setting("queue", 32, "Analyses that may wait for a worker before others are refused with 503."),
    Setting("queue_seconds", 10.0, "How long one may wait for a worker before it is refused, in seconds."),
    Setting(
        "answers_megabytes",
        32,
        "Memory for the server's answers of the last ten minutes, in MiB; who asks the same is given the "
        "same again. 0 works out each anew.",
    ),
    Setting("job_seconds", 5.0, "Wall time of one analysis, in seconds, before its worker is killed."),
    Setting("load_seconds", 20.0, "Further wall time of an analysis whose tokenizer has to be loaded first."),
    Setting(
        "job_megabytes", 512, "Memory that one analysis may add to its worker, in MiB (Linux only).", least=1
    ),
    Setting("batch_conversations", 1000, "Conversations of one batch."),
    Setting("batch_characters", 8_000_000, "Length of a batch's conversations together, in characters."),
    Setting("batch_seconds", 30.0, "Wall time of one batch, in seconds, before its worker is killed."),
    Setting("body_bytes", 8 * 2**20, "Size of a request's body, in bytes."),
    Setting("file_bytes", 7 * 2**20, "Size of a file that is saved or opened on the page, in bytes."),
    Setting("conversation_characters", 2_000_000, "Length of a pasted conversation, in characters."),
    Setting("template_characters", 64 * 2**10, "Length of a chat template's source, in characters."),
    Setting("rendered_characters", 2_000_000, "Length of a rendered conversation, in characters."),
    Setting("drawn_tokens", 128_000, "Tokens drawn on the page; the API and the command line give all."),
    Setting("hub_file_megabytes", 64, "Size of all files downloaded for one tokenizer, in MiB."),
    Setting("hub_seconds", 120.0, "Wall time of one tokenizer download, in seconds."),
    Setting(
        "snapshots",
        "on",
        "Whether snapshots may be stored at a user's press of a button, and opened: on or off.",
    ),
    Setting(
        "database",
        "",
        "File of the stored snapshots; empty means `lossmask.sqlite3` in the user's data folder.",
    ),
    Setting(
        "database_url",
        "",
        "PostgreSQL in place of the file, as `postgresql://USER:PASSWORD@HOST/NAME`, for several servers.",
        True,
    ),
    Setting("snapshot_json_bytes", 2**20, "Size of a snapshot's JSON, in bytes."),
    Setting("snapshot_stored_bytes", 256 * 2**10, "Size of a snapshot once compressed, in bytes."),
    Setting("snapshot_quota_bytes", 500 * 2**20, "Size of all snapshots together, in bytes."),
    Setting(
        "snapshot_lifetimes",
        "1-day 30-days 1-year",
        "How long a snapshot may be kept, apart by spaces; `unlimited` can be added.",
    ),
    Setting("snapshot_lifetime", "30-days", "How long a snapshot is kept where nothing else is chosen."),
    Setting(
        "analyses_per_minute",
        600,
        "Analyses that one client may ask for within a minute; a comparison counts as 2, a matrix as 20, a "
        "batch as 50.",
    ),
    Setting(
        "worker_seconds_per_minute",
        60,
        "Time of workers that one client may take within a minute, in seconds, before it has to wait.",
    ),
    Setting("losses_per_hour", 60, "Jobs for losses that one client may start within an hour."),
    Setting("downloads_per_hour", 60, "Downloads of tokenizers that one client may start within an hour."),
    Setting("snapshots_per_hour", 30, "Snapshots that one client may store within an hour."),
    Setting(
        "snapshot_misses_per_hour",
        120,
        "Links that one client may open within an hour though nothing is stored under them.",
    ),
    Setting(
        "models",
        "",
        "Folder whose direct subfolders are offered as models `local:FOLDER` that give losses; "
        "empty means none.",
    ),
    Setting("model_seconds", 900.0, "Wall time of one model's run, in seconds, its loading included."),
    Setting("model_megabytes", 16_384, "Memory that one model's run may take, in MiB (Linux only)."),
    Setting("model_tokens", 32_768, "Tokens of all examples that a model is run over."),
    Setting("model_download_megabytes", 16_384, "Size of all files downloaded for one model, in MiB."),
    Setting("model_download_seconds", 3600.0, "Wall time of one model's download, in seconds."),
    Setting(
        "logprobs_url",
        "",
        "Address of a server of yours that gives prompt log-probabilities, asked only on request; "
        "empty means none.",
    ),
    Setting("logprobs_kind", "auto", "What that server speaks: vllm, sglang, or auto, which asks it."),
    Setting("logprobs_model", "", "Name of the model on that server; empty means the first it lists."),
    Setting("logprobs_key", "", "Key that is sent to that server as a bearer token, and nowhere else.", True),
    Setting("logprobs_seconds", 120.0, "Wall time of one answer of that server, in seconds."),
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
        """A whole number; raises OptionError where it is none, or too small."""
        least = _DEFAULTS[name].least
        wanted = f"a whole number of at least {least}" if least else "a whole number, 0 or more"
        return self._read(name, int, lambda value: value >= least, wanted)

    def number(self, name: str) -> float:
        """A time in seconds; raises OptionError where it is none."""
        return self._read(
            name, float, lambda value: value > 0 and math.isfinite(value), "a number greater than 0"
        )

    def text(self, name: str) -> str:
        return str(self._value(name))

    def flag(self, name: str) -> bool:
        """True for on, 1, true and yes; raises OptionError for what is no switch's word."""
        word = self.text(name).strip().lower()
        if word not in ON | OFF:
            raise self._refusal(name, "on or off")
        return word in ON

    def check(self) -> None:
        """Read every setting once.

        Raises:
            OptionError: for the first whose value is not of its kind.
        """
        for setting in SETTINGS:
            if setting.is_switch:
                self.flag(setting.name)
            elif isinstance(setting.default, int):
                self.integer(setting.name)
            elif isinstance(setting.default, float):
                self.number(setting.name)

    def _read(
        self, name: str, kind: Callable[[Value], Number], fits: Callable[[Number], bool], wanted: str
    ) -> Number:
        try:
            value = kind(self._value(name))
        except (ValueError, OverflowError):
            raise self._refusal(name, wanted) from None
        if not fits(value):
            raise self._refusal(name, wanted)
        return value

    def _refusal(self, name: str, wanted: str) -> OptionError:
        said = self.text(name)
        shown = said if len(said) <= 40 else f"{said[:39]}…"
        return OptionError(f"{_DEFAULTS[name].variable} is {wanted}, not {shown!r}.", code="bad-setting")
