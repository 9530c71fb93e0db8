"""From where a request takes its losses to the losses: one function, which asks the source that is named."""

from __future__ import annotations

import asyncio

from ..core.analysis import Analysis
from ..core.losses import Losses
from ..core.request import LossSource
from ..settings import Settings
from .endpoint import losses_of_endpoint
from .model import losses_of_model
from .paste import losses_of_paste
from .progress import Report, ignore


async def losses_for(
    source: LossSource, analysis: Analysis, settings: Settings, progress: Report = ignore
) -> list[Losses]:
    """The losses of every example of an analysis.

    Where the calling task is cancelled, whatever was started for it ends.

    Raises:
        LossmaskError: the source cannot be had, or does not fit the examples.
    """
    if source.kind == "pasted":
        return await asyncio.to_thread(losses_of_paste, source.value, analysis, source.options)
    if source.kind == "endpoint":
        return await losses_of_endpoint(analysis, settings, progress)
    return await losses_of_model(str(source.value), analysis, settings, progress)


async def with_losses(
    source: LossSource | None, analysis: Analysis, settings: Settings, progress: Report = ignore
) -> Analysis:
    """The analysis joined with its losses; as it is where none are asked for or no example is there."""
    if source is None or not analysis.examples:
        return analysis
    return analysis.with_losses(await losses_for(source, analysis, settings, progress))
