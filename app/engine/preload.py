"""What every worker holds before its first job: the libraries, the bundled tokenizer, one analysis done.

The fork server imports this module once, and workers are copies of it, so that a killed
one is replaced in milliseconds. Where processes cannot be forked, each worker imports it.
Never import it in the web process: its duty is done by importing it.
"""

from __future__ import annotations

import os
import sys

from . import limits
from .scrub import scrub

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}
"""One thread, so that forking is safe and memory does not grow with the cores; and no network."""

_SAMPLE = {
    "conversation": [
        {"role": "user", "content": "give me a recipe to bake pancakes"},
        {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
    ]
}


def _load() -> None:
    scrub()
    limits.hide()
    os.environ.update(_ENVIRONMENT)
    # Where PyTorch is installed, transformers would import it for a tokenizer: gigabytes of address space.
    sys.modules["torch"] = None  # type: ignore[assignment]
    # Imported here since the libraries read the environment as they are imported.
    from ..core.request import AnalysisRequest
    from .analyse import analyse

    analyse(AnalysisRequest.from_json(_SAMPLE)).as_json()


_load()
