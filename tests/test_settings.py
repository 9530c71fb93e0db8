from __future__ import annotations

import re

import pytest
from lossmask.errors import OptionError
from lossmask.settings import SETTINGS, Setting, Settings

from tests.shared import ROOT

ROW = re.compile(r"^\| `(LOSSMASK_\w+)` \| (.*?) \| (.*) \|$", re.MULTILINE)


def test_the_readme_shows_every_setting_as_it_is() -> None:
    shown = ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    expected = [
        (setting.variable, f"`{setting.default}`" if setting.default != "" else "empty", setting.meaning)
        for setting in SETTINGS
    ]
    assert shown == expected


def test_every_meaning_is_one_sentence() -> None:
    for setting in SETTINGS:
        assert setting.meaning.endswith("."), setting.name


def test_the_environment_has_the_last_word() -> None:
    settings = Settings({"LOSSMASK_WORKERS": "4", "LOSSMASK_JOB_SECONDS": "0.5", "LOSSMASK_HUB": "off"})
    assert settings.integer("workers") == 4
    assert settings.number("job_seconds") == 0.5
    assert not settings.flag("hub")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_reads_as_what_it_is(setting: Setting) -> None:
    settings = Settings({})
    read = {int: settings.integer, float: settings.number, str: settings.text}[type(setting.default)]
    assert read(setting.name) == setting.default


def test_a_name_that_is_no_setting_is_a_fault() -> None:
    with pytest.raises(KeyError):
        Settings({}).text("colour")


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("LOSSMASK_WORKERS", "abc", "LOSSMASK_WORKERS is a whole number of at least 1, not 'abc'."),
        ("LOSSMASK_WORKERS", "0", "LOSSMASK_WORKERS is a whole number of at least 1, not '0'."),
        ("LOSSMASK_QUEUE", "-1", "LOSSMASK_QUEUE is a whole number, 0 or more, not '-1'."),
        ("LOSSMASK_QUEUE", "", "LOSSMASK_QUEUE is a whole number, 0 or more, not ''."),
        ("LOSSMASK_BODY_BYTES", "8e6", "LOSSMASK_BODY_BYTES is a whole number, 0 or more, not '8e6'."),
        ("LOSSMASK_JOB_SECONDS", "0", "LOSSMASK_JOB_SECONDS is a number greater than 0, not '0'."),
        ("LOSSMASK_JOB_SECONDS", "inf", "LOSSMASK_JOB_SECONDS is a number greater than 0, not 'inf'."),
        ("LOSSMASK_JOB_SECONDS", "nan", "LOSSMASK_JOB_SECONDS is a number greater than 0, not 'nan'."),
        ("LOSSMASK_HUB", "perhaps", "LOSSMASK_HUB is on or off, not 'perhaps'."),
        (
            "LOSSMASK_WORKERS",
            "x" * 99,
            f"LOSSMASK_WORKERS is a whole number of at least 1, not '{'x' * 39}…'.",
        ),
    ],
)
def test_a_value_of_another_kind_is_refused_in_a_sentence(variable: str, text: str, sentence: str) -> None:
    with pytest.raises(OptionError) as refused:
        Settings({variable: text}).check()
    assert (refused.value.detail, refused.value.code) == (sentence, "bad-setting")


def test_every_default_passes() -> None:
    Settings({}).check()


@pytest.mark.parametrize("word", ["on", "ON", "1", "true", "yes", " on "])
def test_words_for_on(word: str) -> None:
    assert Settings({"LOSSMASK_HUB": word}).flag("hub")
    assert not Settings({"LOSSMASK_HUB": "no"}).flag("hub")
