"""Where the real tokenizers, templates and golden labels are that parity tests read.

They lie beside the project, at `../shared`, or where `LOSSMASK_SHARED` says. Without them
a test is skipped, except where `CI=true`: there their absence is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """The folder of shared test data, whether it is there or not."""
    return Path(os.environ.get("LOSSMASK_SHARED") or ROOT.parent / "shared").resolve()


def on_ci() -> bool:
    """Whether what is missing is a failure, and no reason to skip."""
    return os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip the running test, or fail it on CI, for want of something outside the project."""
    if on_ci():
        pytest.fail(f"CI=true, and {what}.", pytrace=False)
    pytest.skip(f"{what}.")


def require_shared(*parts: str) -> Path:
    """A file or folder of the shared test data; the running test is skipped where there is none."""
    path = shared_folder().joinpath(*parts)
    if not path.exists():
        missing(f"there is no shared test data ({'/'.join(('shared', *parts))}; see LOSSMASK_SHARED)")
    return path
