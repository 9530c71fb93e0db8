"""What a user is told of a job that was ended: by which limit, or by a crash, and the usual cause."""

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


def crashed(loading: bool) -> LossmaskError:
    """A library's own code failed in a way that ends the whole process.

    Its code is that of memory, since the usual fault is a stack that has no room left.

    >>> crashed(False).code
    'template-memory'
    """
    if loading:
        return TokenizerError(
            "Loading the tokenizer crashed the process that loaded it. "
            "The usual cause is a part of its files that is nested too deeply.",
            code="tokenizer-memory",
        )
    return TemplateStopped(
        "The analysis crashed the process that did it. "
        "The usual cause is a chat template, or a tokenizer's rule, that is nested too deeply.",
        code="template-memory",
    )
