"""The whole page as one value: controls, how the paste was read, and a result or a failure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.analysis import Analysis, Outcome
from ...core.parsing import TITLES, Parsed
from ..forms import AnalysisForm
from ..samples import SAMPLES, Sample
from .columns import count
from .controls import Choice, Controls, controls
from .copy import CopyView, copy_view
from .failure import FailureView
from .findings import Findings, finding_views
from .result import ResultView, result_view
from .share import SharedView, ShareView, share_view, shared_view

MOST_PREVIEWED = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """How the paste was read: "Read as **OpenAI messages**, 4 messages, no tools"."""

    title: str
    summary: str
    formats: tuple[Choice, ...]
    rows: int = 1
    row: int = 0
    previews: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """What `index.html` and its partials draw. Without result, failure or refusal the paste is empty."""

    form: AnalysisForm
    controls: Controls
    reading: Reading
    result: ResultView | None = None
    failure: FailureView | None = None
    refusal: Outcome | None = None
    analysis: Analysis | None = None
    findings: Findings | None = None
    """Those of a row that the framework refuses; a result carries its own."""
    samples: tuple[Sample, ...] = tuple(SAMPLES.values())
    share: ShareView | None = None
    """What a link of this result holds."""
    shared: SharedView | None = None
    """What came of the link that the form was filled from."""
    copy: CopyView | None = None
    """The stored snapshot that this is a copy of."""
    saved: str = ""
    """Why a saved result is shown in place of a new one, where it is."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the server knows beside the request: tokenizers on this computer, and its limits."""

    tokenizers: tuple[str, ...]
    drawn_tokens: int


def empty_page(form: AnalysisForm, around: Surroundings) -> PageView:
    """Nothing was pasted yet."""
    return PageView(form, controls(form, None, around.tokenizers), reading(form, None))


def structure_page(form: AnalysisForm, around: Surroundings) -> PageView:
    """A link that holds labels and structure alone: they are shown, and nothing is analysed."""
    return replace(empty_page(form, around), shared=shared_view(form, None))


def failed_page(
    form: AnalysisForm,
    parsed: Parsed | None,
    previews: tuple[str, ...],
    failure: FailureView,
    around: Surroundings,
) -> PageView:
    """The form as it was typed, and what stopped the analysis."""
    offered = controls(form, None, around.tokenizers)
    return PageView(form, offered, reading(form, parsed, previews), failure=failure)


def analysed_page(
    form: AnalysisForm, parsed: Parsed, previews: tuple[str, ...], analysis: Analysis, around: Surroundings
) -> PageView:
    """The result, or the framework's refusal of the row, which is a result too."""
    offered = controls(form, analysis, around.tokenizers)
    read = reading(form, parsed, previews)
    if not analysis.examples:
        found = finding_views(analysis.findings)
        page = PageView(form, offered, read, refusal=analysis.outcome, analysis=analysis, findings=found)
    else:
        result = result_view(analysis, parsed.conversation, form, around.drawn_tokens)
        page = PageView(form, offered, read, result=result, analysis=analysis)
    share = share_view(form, parsed, analysis)
    return replace(page, share=share, shared=shared_view(form, analysis), copy=copy_view(form, share.whole))


def reading(form: AnalysisForm, parsed: Parsed | None, previews: tuple[str, ...] = ()) -> Reading:
    """How the paste was read, and how it could be."""
    formats = (
        Choice("auto", "detect", form.format not in TITLES),
        *(Choice(name, title, form.format == name) for name, title in TITLES.items()),
    )
    if parsed is None:
        return Reading("", "", formats, row=form.row)
    return Reading(
        parsed.title,
        _summary(parsed),
        formats,
        parsed.rows,
        parsed.row,
        previews[:MOST_PREVIEWED],
        parsed.notes,
    )


def _summary(parsed: Parsed) -> str:
    messages = count(len(parsed.conversation.messages), "message")
    tools = parsed.conversation.tools
    return f"{messages}, {count(len(tools), 'tool') if tools else 'no tools'}"
