"""Chromium, and how the tests, the screenshots and the benchmark start it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

EXECUTABLE = Path(os.environ.get("LOSSMASK_CHROMIUM", "/usr/bin/chromium"))

_WITHOUT = (
    # Two renderers for the address bar of every window, more work than a page of ours.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # Of Playwright's own list, which this one replaces.
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
)

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
        f"--disable-features={','.join(_WITHOUT)}",
    ],
}
