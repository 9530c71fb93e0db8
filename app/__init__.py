"""Lossmask: see exactly which tokens a supervised fine-tune learns from, and why."""

__version__ = "0.1.0"
