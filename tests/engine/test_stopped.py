from __future__ import annotations

from collections.abc import Callable

import pytest
from lossmask.engine.stopped import crashed, out_of_memory, out_of_time
from lossmask.errors import LossmaskError, TemplateStopped, TokenizerError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (lambda loading: out_of_time(2.5, loading), "timeout", "within 2.5 seconds"),
        (lambda loading: out_of_memory(512, loading), "memory", "more than 512 MiB"),
        (crashed, "memory", "crashed the process"),
    ],
)
def test_a_stop_is_told_by_what_it_was_in(
    error: Callable[[bool], LossmaskError], code: str, said: str
) -> None:
    loading, working = error(True), error(False)
    assert isinstance(loading, TokenizerError)
    assert isinstance(working, TemplateStopped)
    assert (loading.code, working.code) == (f"tokenizer-{code}", f"template-{code}")
    assert said in loading.detail
    assert said in working.detail
