from __future__ import annotations

import pytest
from lossmask.core.batch.request import BatchRequest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.bounds import check_batch_size, check_size
from lossmask.errors import TooLarge
from lossmask.settings import Settings

SMALL = Settings({"LOSSMASK_TEMPLATE_CHARACTERS": "10", "LOSSMASK_CONVERSATION_CHARACTERS": "1000"})


def request(content: str, template: str | None = None) -> AnalysisRequest:
    body = {"conversation": [{"role": "user", "content": content}], "chat_template": template}
    return AnalysisRequest.from_json(body)


def test_what_is_within_the_limits_passes() -> None:
    check_size(request("x" * 900, "t" * 10), SMALL)


def test_a_long_template_is_refused() -> None:
    with pytest.raises(TooLarge, match="The chat template has 11 characters; at most 10 are read"):
        check_size(request("x", "t" * 11), SMALL)


def test_a_long_conversation_is_refused() -> None:
    with pytest.raises(TooLarge, match="The conversation has 1,"):
        check_size(request("x" * 1_000), SMALL)


def test_characters_are_counted_and_not_their_escapes() -> None:
    check_size(request("☕" * 900), SMALL)


@pytest.mark.parametrize(
    ("limits", "said"),
    [({"CONVERSATIONS": "2"}, "3 conversations; at most 2"), ({"CHARACTERS": "99"}, "at most 99 are read")],
)
def test_a_large_batch_is_refused(limits: dict[str, str], said: str) -> None:
    batch = BatchRequest.from_json({"conversations": [[{"role": "user", "content": "x"}]] * 3})
    check_batch_size(batch, Settings({}))
    with pytest.raises(TooLarge, match=said):
        check_batch_size(batch, Settings({f"LOSSMASK_BATCH_{name}": value for name, value in limits.items()}))
