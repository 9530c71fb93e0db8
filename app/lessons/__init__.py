"""Lessons: states in order, each with a few sentences, tokens to point at, perhaps a question."""
