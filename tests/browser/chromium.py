"""Chromium, and how the tests, the screenshots and the benchmark start it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

EXECUTABLE = Path(os.environ.get("LOSSMASK_CHROMIUM", "/usr/bin/chromium"))

LAUNCH: dict[str, Any] = {
    "executable_path": str(EXECUTABLE),
    "args": [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
