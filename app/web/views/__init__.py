"""View models: what a page shows, as plain values; no markup, no request, no decision of the engine."""
