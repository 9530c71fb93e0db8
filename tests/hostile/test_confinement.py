from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from lossmask.errors import TemplateStopped

from tests.hostile import jobs
from tests.hostile.arena import LONG, MEGABYTES, Arena
from tests.shared import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")


def test_a_worker_gets_neither_network_nor_programs_nor_files(patient: Arena, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as server:
        tried = patient.run(jobs.attempts, str(tmp_path), server.getsockname()[1])
    assert {name for name, outcome in tried.items() if outcome != "PermissionError"} == set()
    assert len(tried) >= 22
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "kept"


def test_the_same_is_allowed_outside_a_worker(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    program = (
        "import json, sys; from tests.hostile import jobs; "
        "tried = jobs.attempts({}, sys.argv[1], 9); print(json.dumps(tried), flush=True)"
    )
    # The attempts that end or split the process itself are left to the worker.
    program = program.replace("tried =", "jobs.os.fork = jobs.os.execv = lambda *_: None; tried =")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, env=environment, timeout=60
    )
    tried = json.loads(shown.stdout)
    assert "PermissionError" not in {
        tried[name] for name in ("a socket", "a new file", "a program", "a folder")
    }


def test_its_threads_are_confined_too(patient: Arena) -> None:
    assert patient.run(jobs.threads) == [1, 1, 1]


def test_nothing_of_the_servers_secrets_reaches_a_worker() -> None:
    program = """
import asyncio, json
from lossmask.engine.pool import EnginePool
from lossmask.settings import Settings
from tests.hostile import jobs

async def run():
    async with EnginePool(Settings()) as pool:
        print(json.dumps(await pool.run(jobs.surroundings)))

asyncio.run(run())
"""
    secrets = (
        "HF_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "LOSSMASK_LOGPROBS_KEY",
        "LOSSMASK_DATABASE_URL",
        "MY_OWN",
    )
    environment = {
        **os.environ,
        **dict.fromkeys(secrets, "hush-hush"),
        "LOSSMASK_JOB_SECONDS": "7",
        "PYTHONPATH": str(ROOT),
    }
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, timeout=60)
    assert b"hush-hush" not in shown.stdout
    found = json.loads(shown.stdout)
    assert found["settings"]["LOSSMASK_JOB_SECONDS"] == "7"
    assert "PATH" in found["variables"]
    # No file or terminal of the server's is at hand, and no socket but the one it is asked through;
    # `/dev/null` is where its words go.
    kinds = {target.partition(":")[0] for target in found["open"]}
    assert sum(target.startswith("socket:") for target in found["open"]) == 1
    own = {f"/proc/{found['id']}/{name}" for name in ("fd", "statm")}
    assert kinds <= {"pipe", "socket", "/dev/null", "", *own} | {
        target
        for target in found["open"]
        if target.startswith(("/dev/shm/", f"{tempfile.gettempdir()}/pym-"))
    }


def test_nothing_that_a_worker_says_reaches_the_servers_output() -> None:
    program = """
import asyncio
from lossmask.engine.pool import EnginePool
from lossmask.settings import Settings
from tests.hostile import jobs

async def run():
    async with EnginePool(Settings({"LOSSMASK_WORKERS": "1"})) as pool:
        await pool.run(jobs.speak, "words-of-a-stranger")
        print("done")

asyncio.run(run())
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, timeout=60)
    assert shown.stdout == b"done\n"
    assert b"words-of-a-stranger" not in shown.stderr


def test_a_job_has_its_budget_of_memory_and_no_more(patient: Arena) -> None:
    assert patient.run(jobs.take, MEGABYTES * 3 // 4) == MEGABYTES * 3 // 4 * 2**20
    with pytest.raises(TemplateStopped) as caught:
        patient.run(jobs.take, MEGABYTES + 1)
    assert caught.value.code == "template-memory"


def test_processor_time_is_counted_anew_for_each_job(patient: Arena) -> None:
    for _ in range(3):
        patient.run(jobs.burn, 0.5)
        assert LONG - 1 <= patient.run(jobs.processor_limit) <= LONG + 4
