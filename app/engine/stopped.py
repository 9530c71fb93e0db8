"""What a user is told of a job that a limit ended: which limit, and what usually runs into it."""

from __future__ import annotations

from ..errors import LossmaskError, TemplateStopped, TokenizerError


def out_of_time(seconds: float, loading: bool) -> LossmaskError:
    """The job's time was up, while its tokenizer was loaded or afterwards.

    >>> out_of_time(5, False).code
    'template-timeout'
    """
    if loading:
        return TokenizerError(
            f"The tokenizer was not loaded within {seconds:g} seconds, and its loading was stopped.",
            code="tokenizer-timeout",
        )
    return TemplateStopped(
        f"The analysis did not end within {seconds:g} seconds and was stopped. "
        "The usual cause is a loop in the chat template that goes on for ever.",
        code="template-timeout",
    )


def out_of_memory(megabytes: int, loading: bool) -> LossmaskError:
    """The job asked for more memory than it may add to its worker."""
    if loading:
        return TokenizerError(
            f"Loading the tokenizer needed more than {megabytes} MiB of memory and was stopped.",
            code="tokenizer-memory",
        )
    return TemplateStopped(
        f"The analysis needed more than {megabytes} MiB of memory and was stopped. "
        "The usual cause is a chat template that repeats text without end.",
        code="template-memory",
    )
