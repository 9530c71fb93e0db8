"""A comparison inside a worker: both analyses in one job, each within the limits of one.

The web process imports this module to name its functions, so that it stays light.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..core.analysis import Analysis
from ..core.comparison import Comparison
from ..core.comparison_request import ComparisonRequest
from ..core.request import AnalysisRequest
from ..errors import LossmaskError
from ..settings import Settings
from .bounds import check_size
from .encoding import encoded
from .host import Environment, limited
from .worker import let_go

T = TypeVar("T")


def compare(environment: Environment, request: ComparisonRequest) -> Comparison:
    """The comparison; an error says by `side` whether it is A's or B's.

    Raises:
        LossmaskError: what the user can mend in either.
    """
    return _compared(environment, request, lambda found: found)


def compare_json(environment: Environment, request: ComparisonRequest) -> bytes:
    """The same as the body that the API answers."""
    return encoded(_compared(environment, request, Comparison.as_json))


def _compared(environment: Environment, request: ComparisonRequest, told: Callable[[Comparison], T]) -> T:
    from .compare import comparison

    settings = Settings(environment)
    a = _analysed(request.a, settings, "A")
    b = _analysed(request.b, settings, "B")
    return limited(settings, lambda: told(comparison(a, b, request.examples)))


def _analysed(request: AnalysisRequest, settings: Settings, title: str) -> Analysis:
    try:
        return _alone(request, settings)
    except LossmaskError as error:
        error.__dict__["side"] = title
        error.detail = f"{title}: {error.detail}"
        raise


def _alone(request: AnalysisRequest, settings: Settings) -> Analysis:
    """One analysis within the limits of a job; its tokenizer's loading has a time of its own."""
    from .analyse import analyse, open_request

    check_size(request, settings)
    let_go(settings)
    limited(settings, lambda: open_request(request, settings), allowance="load_seconds")
    return limited(settings, lambda: analyse(request, settings))
