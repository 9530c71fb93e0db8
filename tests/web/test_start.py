from __future__ import annotations

import pytest
from lossmask.errors import LossmaskError
from lossmask.settings import Settings
from lossmask.web.start import check

WRONG = {
    "LOSSMASK_WORKERS": "abc",
    "LOSSMASK_JOB_SECONDS": "-1",
    "LOSSMASK_SNAPSHOTS": "perhaps",
    "LOSSMASK_DATABASE_URL": "rubbish",
    "LOSSMASK_TRUSTED_PROXIES": "everyone",
    "LOSSMASK_PUBLIC_URL": "lossmask.example.org",
    "LOSSMASK_FRAME_ANCESTORS": "self; script-src *",
    "LOSSMASK_SNAPSHOT_LIFETIME": "for-ever",
    "LOSSMASK_SNAPSHOT_LIFETIMES": "for-ever",
    "LOSSMASK_LOGPROBS_KIND": "tgi",
    "LOSSMASK_LOGPROBS_URL": "rubbish",
}
"""A wrong value for each setting that is more than a word or a folder."""


@pytest.mark.parametrize(("variable", "text"), WRONG.items())
def test_a_wrong_setting_is_one_sentence(variable: str, text: str) -> None:
    with pytest.raises(LossmaskError) as refused:
        check(Settings({variable: text}))
    sentence = refused.value.detail
    assert variable in sentence
    assert sentence.count("\n") == 0
    assert sentence.endswith(".")


def test_a_key_that_no_header_takes_is_not_quoted() -> None:
    given = {"LOSSMASK_LOGPROBS_URL": "http://127.0.0.1:1", "LOSSMASK_LOGPROBS_KEY": "secret\u202e"}
    with pytest.raises(LossmaskError, match="LOSSMASK_LOGPROBS_KEY") as refused:
        check(Settings(given))
    assert "secret" not in refused.value.detail


def test_a_password_is_not_quoted() -> None:
    with pytest.raises(LossmaskError, match="LOSSMASK_DATABASE_URL") as refused:
        check(Settings({"LOSSMASK_DATABASE_URL": "mysql://me:hunter2@host/name"}))
    assert "hunter2" not in refused.value.detail


def test_what_is_right_passes() -> None:
    check(Settings({}))
    check(
        Settings(
            {
                "LOSSMASK_DATABASE_URL": "postgresql://me:hunter2@host/name",
                "LOSSMASK_TRUSTED_PROXIES": "10.0.0.0/8",
                "LOSSMASK_LOGPROBS_URL": "http://127.0.0.1:1/v1",
                "LOSSMASK_SNAPSHOT_LIFETIMES": "1-day unlimited",
                "LOSSMASK_SNAPSHOT_LIFETIME": "unlimited",
            }
        )
    )
