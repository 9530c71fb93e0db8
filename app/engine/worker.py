"""The jobs that workers do, each one whole analysis, matrix or batch, under the limits of `host`.

The web process imports this module to name its functions, so it stays light: whatever is
heavy is imported when a worker starts.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from ..core.analysis import Analysis, Finding, Outcome
from ..core.batch.answer import Batch
from ..core.batch.request import BatchRequest
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..settings import Settings
from . import limits
from .bounds import check_batch_size, check_size
from .encoding import encoded
from .host import KEPT, Environment, held, limited
from .threads import encoding_threads

T = TypeVar("T")
OptionsByStrategy: TypeAlias = Mapping[str, Mapping[str, Any]]


def ready(environment: Environment) -> bool:
    """A job that any worker can do once it has started."""
    return True


def analyse(environment: Environment, request: AnalysisRequest) -> Analysis:
    """The analysis, within the limits of one job."""
    from .analyse import analyse as analysed

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: analysed(request, settings))


def analyse_json(environment: Environment, request: AnalysisRequest) -> bytes:
    """The analysis as the body that the API answers.

    A long one is written here, since that would hold up every other request of the web process.
    """
    from .analyse import analyse as analysed

    settings = Settings(environment)
    _prepare(request, settings)
    return encoded(limited(settings, lambda: analysed(request, settings).as_json()))


def check(environment: Environment, request: AnalysisRequest) -> tuple[Outcome, tuple[Finding, ...]]:
    """What the framework does with a row and what is wrong with its mask, without the columns.

    Those would take longer from process to process than many a row takes to analyse.
    """
    analysis = analyse(environment, request)
    return analysis.outcome, analysis.findings


def matrix(environment: Environment, request: AnalysisRequest, options: OptionsByStrategy) -> Matrix:
    """Every masking rule over one conversation, within the limits of one job."""
    from .matrix import matrix as rows

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: rows(request, settings, options))


def matrix_json(environment: Environment, request: AnalysisRequest, options: OptionsByStrategy) -> bytes:
    """The same as the body that the API answers."""
    from .matrix import matrix as rows

    settings = Settings(environment)
    _prepare(request, settings)
    return encoded(limited(settings, lambda: rows(request, settings, options).as_json()))


def batch(environment: Environment, request: BatchRequest) -> Batch:
    """What the tokens of several conversations weigh, within the limits of one batch."""
    return _batch(environment, request, lambda found: found)


def batch_json(environment: Environment, request: BatchRequest) -> bytes:
    """The same as the body that the API answers."""
    return encoded(_batch(environment, request, Batch.as_json))


def _batch(environment: Environment, request: BatchRequest, told: Callable[[Batch], T]) -> T:
    from .batch import analyse_batch

    settings = Settings(environment)
    check_batch_size(request, settings)
    _prepare(request.base, settings)
    with encoding_threads() as threads:
        return limited(
            settings,
            lambda: told(analyse_batch(request, settings)),
            allowance="batch_seconds",
            threads=threads,
        )


def let_go(settings: Settings) -> None:
    """Empty the caches of templates and tokenizers, where they hold more than their share."""
    from ..rendering.render import compile_template
    from ..tokenization.load import load_cached

    share = KEPT * settings.integer("job_megabytes") * 2**20
    for empty in (limits.trim, compile_template.cache_clear, load_cached.cache_clear):
        if held() <= share:
            return
        empty()
        gc.collect()
        limits.trim()


def _prepare(request: AnalysisRequest, settings: Settings) -> None:
    """Refuse what is too large, and load the tokenizer, whose time is not the chat template's."""
    check_size(request, settings)
    let_go(settings)
    limited(settings, lambda: _tokenizer(request, settings), allowance="load_seconds")


def _tokenizer(request: AnalysisRequest, settings: Settings) -> Any:
    from ..tokenization.load import load_cached
    from ..tokenization.locate import locate
    from ..tokenization.names import TokenizerRef

    return load_cached(locate(TokenizerRef.parse(request.tokenizer), settings), request.tokenizer_loader)
