from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduling import group

ROOT = Path(__file__).resolve().parents[1]

CONFTEST = """
from tests.scheduling import Together

def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)
"""
TEST = """
import os
import pathlib
import pytest

@pytest.mark.parametrize("number", range(3))
def test(number):
    with pathlib.Path("seen").open("a") as seen:
        seen.write(f"{pathlib.Path(__file__).stem} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/hostile/test_faults.py::test_one[tests/core/]", "tests/hostile"),
        ("tests/hostile/deep/test_faults.py::test_one", "tests/hostile"),
        ("tests/core/test_edits.py::TestEdits::test_one[a::b]", "tests/core/test_edits.py"),
        ("tests/test_hostile.py::test_one", "tests/test_hostile.py"),
    ],
)
def test_the_group_of_a_test(nodeid: str, expected: str) -> None:
    assert group(nodeid) == expected


def test_a_group_runs_in_one_process(tmp_path: Path) -> None:
    files = [f"hostile/test_{name}" for name in "abc"] + [f"core/test_{name}" for name in "def"]
    for file in files:
        path = tmp_path / "tests" / f"{file}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEST)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    options = ["-q", "-n", "2", "--dist", "loadscope", "-p", "no:schemathesis"]
    command = [sys.executable, "-m", "pytest", *options]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert len(seen) == 18
    assert len({process for _, process in seen}) == 2
    assert len({process for name, process in seen if name in ("test_a", "test_b", "test_c")}) == 1
    assert len({(name, process) for name, process in seen}) == len(files)
