"""A job for losses in words, and what the form offers to find losses with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import LossmaskError, Where
from ...losses.job import LossJob, State
from ...losses.model import check_installed
from ...losses.model_files import model_names
from ...losses.progress import Progress
from ...settings import Settings
from ..errors import problem_of


@dataclass(frozen=True, slots=True)
class JobView:
    """A line that says how far a job is, and a share of its step where that is known."""

    id: str
    state: State
    sentence: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class LossesOffered:
    """What losses can come from on this server."""

    models: tuple[str, ...]
    model_note: str
    endpoint: bool


def losses_offered(settings: Settings) -> LossesOffered:
    """The operator's models and endpoint, and what a model would still need."""
    models = tuple(f"local:{name}" for name in model_names(settings))
    return LossesOffered(models, _model_note(settings), bool(settings.text("logprobs_url")))


def job_view(job: LossJob[Any]) -> JobView:
    """The job as the page shows it."""
    if job.state == "running":
        return JobView(job.id, job.state, sentence(job.progress), _share(job.progress))
    if job.state == "cancelled":
        return JobView(job.id, job.state, "The losses were cancelled.")
    if job.state == "failed":
        return JobView(job.id, job.state, _failure(job.error))
    return JobView(job.id, job.state, "The losses are there.")


def sentence(progress: Progress) -> str:
    """What is being done.

    >>> sentence(Progress("scoring", 512, 2000))
    'Losses: 512 of 2,000 tokens scored…'
    """
    done, total = progress.done, progress.total
    if progress.step == "downloading":
        return f"Losses: downloading {progress.file}, {done / 1e6:,.0f} of {total / 1e6:,.0f} MB…"
    if total and progress.step in _COUNTED:
        return f"Losses: {done:,} of {total:,} {_COUNTED[progress.step]}…"
    return f"Losses: {_PLAIN.get(progress.step, 'at work')}…"


_COUNTED = {
    "loading": "weights loaded",
    "forward": "layers run",
    "scoring": "tokens scored",
    "asking": "tokens asked about",
}
_PLAIN = {
    "waiting": "waiting for another model to be done",
    "analysing": "analysing the conversation",
    "resolving": "looking for the model on the Hub",
    "starting": "starting the model's process",
    "loading": "loading the weights",
    "forward": "running the model",
    "asking": "asking the server",
}


def _model_note(settings: Settings) -> str:
    try:
        check_installed()
    except LossmaskError as error:
        return error.detail
    most = settings.integer("model_tokens")
    return f"Runs in a process of its own, over at most {most:,} tokens; nothing is sent anywhere."


def _share(progress: Progress) -> float | None:
    return progress.done / progress.total if progress.total else None


def _place(where: Where | None) -> str:
    if where is None:
        return ""
    return f" Line {where.line}." if where.column is None else f" Line {where.line}, column {where.column}."


def _failure(error: BaseException | None) -> str:
    if isinstance(error, LossmaskError):
        return f"{error.detail}{_place(error.where)}"
    return problem_of(error).detail if isinstance(error, Exception) else ""
