"""Chat templates: the sandboxed environment, the tracing of origins, and the one render function."""
