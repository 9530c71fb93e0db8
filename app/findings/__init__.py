"""Diagnoses of a mask before it costs a run: one small function each, with a stable code."""
