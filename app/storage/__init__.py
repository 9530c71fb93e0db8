"""Stored snapshots behind short links: SQLite in one file by default, PostgreSQL by URL."""
