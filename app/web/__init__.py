"""Routes, forms, view models and middleware: the only layer that knows the web framework."""
