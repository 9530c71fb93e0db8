from __future__ import annotations

import json
import subprocess
import sys

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine import worker
from lossmask.engine.encoding import encoded
from lossmask.errors import TokenizerError

REQUEST = AnalysisRequest.from_json({"conversation": [{"role": "user", "content": "naïve ☕"}]})


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
