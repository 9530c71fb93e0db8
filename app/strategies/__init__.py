"""Masking rules: one file each, listed by `registry`."""
