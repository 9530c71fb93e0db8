"""Alembic's folder: each step from one schema of the database to the next."""
