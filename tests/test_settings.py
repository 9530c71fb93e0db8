from __future__ import annotations

import re

import pytest
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
