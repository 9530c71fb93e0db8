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
    secret: bool = False
    """Read from the server's own environment alone: workers do not get it, nothing shows it."""

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
    Setting(
        "public_url",
        "",
        "Address that others reach this server at, such as `https://lossmask.example.org`, for short links; "
        "its name is answered to as well.",
    ),
    Setting(
        "frame_ancestors",
        "self",
        "Sites whose pages may show `/embed` in a frame, apart by spaces: self, none, * or addresses.",
    ),
    Setting("lessons", "", "Folder of Markdown files that are offered as further lessons; empty means none."),
    Setting("workers", 2, "Worker processes that run analyses."),
    Setting("queue", 8, "Analyses that may wait for a worker before others are refused with 503."),
    Setting("job_seconds", 5.0, "Wall time of one analysis, in seconds, before its worker is killed."),
    Setting("load_seconds", 20.0, "Further wall time of an analysis whose tokenizer has to be loaded first."),
    Setting("job_megabytes", 512, "Memory that one analysis may add to its worker, in MiB (Linux only)."),
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
        return int(self._value(name))

    def number(self, name: str) -> float:
        return float(self._value(name))

    def text(self, name: str) -> str:
        return str(self._value(name))

    def flag(self, name: str) -> bool:
        """True for on, 1, true and yes."""
        return self.text(name).strip().lower() in {"on", "1", "true", "yes"}
