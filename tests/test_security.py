from __future__ import annotations

import re

import pytest
from lossmask.settings import SETTINGS

from tests.shared import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
KNOWN = {setting.variable: setting for setting in SETTINGS}
ROWS = re.findall(r"^\| `(LOSSMASK_\w+)` \| `(.+?)` \| .+ \|$", TEXT, re.MULTILINE)
PER_CLIENT = [variable for variable in KNOWN if variable.endswith(("_PER_MINUTE", "_PER_HOUR"))]


@pytest.mark.parametrize(("variable", "default"), ROWS)
def test_a_limit_is_what_it_is_said_to_be(variable: str, default: str) -> None:
    assert default == str(KNOWN[variable].default)


def test_every_limit_of_a_client_is_in_the_table() -> None:
    assert len(PER_CLIENT) >= 6
    assert set(PER_CLIENT) <= {variable for variable, _ in ROWS}


def test_every_setting_that_is_named_is_one() -> None:
    named = set(re.findall(r"LOSSMASK_\w+", TEXT))
    assert len(named) > 20
    assert named <= set(KNOWN)


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"tests/[\w/.]+", TEXT)
    assert len(named) >= 4
    for path in named:
        assert (ROOT / path.rstrip(".")).exists(), path


def test_the_readme_leads_here() -> None:
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
