"""The one pure function, and the worker processes that run it."""
