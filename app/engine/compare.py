"""Two analyses and their comparison: each analysed alone, then aligned by ids or by text.

Covered: examples, rendered texts, chat templates. What each analysis finds is its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.analysis import Analysis, ExampleAnalysis
from ..core.comparison import Comparison, TokenComparison, compared, template_lines
from ..core.comparison_request import ComparisonRequest
from ..settings import Settings
from .align import align_examples, align_keys
from .analyse import analyse


def compare(request: ComparisonRequest, settings: Settings | None = None) -> Comparison:
    """The comparison of two requests.

    Raises:
        LossmaskError: what the user can mend in either; what a framework refuses is an `Outcome`.
    """
    return comparison(analyse(request.a, settings), analyse(request.b, settings), request.examples)


def comparison(a: Analysis, b: Analysis, examples: tuple[int, int] = (0, 0)) -> Comparison:
    """The comparison of two analyses; of examples that there are not, the last that there is."""
    sources = align_keys(_source(a), _source(b))
    if not a.examples or not b.examples:
        return Comparison(a, b, (0, 0), sources=sources)
    numbers = min(examples[0], len(a.examples) - 1), min(examples[1], len(b.examples) - 1)
    first, second = a.examples[numbers[0]], b.examples[numbers[1]]
    tokens = _tokens(first, second, same_vocabulary=_vocabulary(a) == _vocabulary(b))
    return Comparison(
        a,
        b,
        numbers,
        tokens,
        texts=align_keys(_lines(first), _lines(second)),
        sources=sources,
        template_lines=(
            template_lines(first, tokens.numbers("a")),
            template_lines(second, tokens.numbers("b")),
        ),
    )


def _tokens(a: ExampleAnalysis, b: ExampleAnalysis, *, same_vocabulary: bool) -> TokenComparison:
    alignment = align_examples(a.example, b.example, same_vocabulary=same_vocabulary)
    return compared(a.example, b.example, alignment, same_vocabulary=same_vocabulary)


def _vocabulary(analysis: Analysis) -> tuple[str, str | None]:
    """Two loaders of one tokenizer give other ids, out of the same vocabulary."""
    return analysis.tokenizer.name, analysis.tokenizer.revision


def _lines(example: ExampleAnalysis) -> Sequence[str]:
    return example.example.rendering.text.split("\n")


def _source(analysis: Analysis) -> Sequence[str]:
    return analysis.template.source.split("\n") if analysis.template else ()
