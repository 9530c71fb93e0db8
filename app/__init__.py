"""Lossmask: see exactly which tokens a supervised fine-tune learns from, and why."""

from __future__ import annotations

__version__ = "0.1.0"
