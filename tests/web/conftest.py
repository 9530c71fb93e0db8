"""Fixtures of the web layer's tests."""

from __future__ import annotations

from tests.hub import hub

__all__ = ["hub"]
