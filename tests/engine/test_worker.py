from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine import worker
from lossmask.engine.encoding import encoded
from lossmask.engine.host import limited
from lossmask.engine.traces import WorkerError
from lossmask.errors import TokenizerError
from lossmask.settings import Settings

REQUEST = AnalysisRequest.from_json({"conversation": [{"role": "user", "content": "naïve ☕"}]})


def raising(error: Exception) -> object:
    raise error


def test_an_unexpected_exception_becomes_its_traceback() -> None:
    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        limited(Settings({}), lambda: 1 // 0)


@pytest.mark.parametrize("error", [TokenizerError("No."), MemoryError()])
def test_errors_with_a_meaning_pass(error: Exception) -> None:
    with pytest.raises(type(error)):
        limited(Settings({}), lambda: raising(error))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no alarms")
def test_no_alarm_is_left_after_a_job() -> None:
    limited(Settings({}), lambda: None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_both_forms_of_an_analysis_say_the_same() -> None:
    written = json.loads(worker.analyse_json({}, REQUEST))
    assert written == json.loads(encoded(worker.analyse({}, REQUEST).as_json()))
    assert "naïve ☕" in written["examples"][0]["text"]


def test_an_unknown_tokenizer_is_an_error_of_its_own() -> None:
    request = AnalysisRequest(REQUEST.conversation, tokenizer="local:absent")
    with pytest.raises(TokenizerError, match="LOSSMASK_TOKENIZERS"):
        worker.analyse({}, request)


def test_naming_a_job_imports_nothing_heavy() -> None:
    program = (
        "import sys, lossmask.engine.pool; print('transformers' in sys.modules, 'jinja2' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "False False\n"
