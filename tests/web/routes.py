"""Every route of an application, found by walking it, so that no test has to be told of a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

FILLED = {
    "/files/{name}": "/files/html",
    "{name}": "masking",
    "{id}": "k7w3czqtd9mh2xv5",
    "{id:path}": "k7w3czqtd9mh2xv5",
}
"""What stands in an address for its parameters."""


@dataclass(frozen=True)
class Found:
    """One method of one route; `address` has its parameters filled in."""

    method: str
    path: str
    route: Any

    @property
    def address(self) -> str:
        address = self.path
        for name, value in FILLED.items():
            address = address.replace(name, value)
        assert "{" not in address, f"say in FILLED what {self.path} takes"
        return address

    @property
    def dependencies(self) -> list[Any]:
        """What it calls before its own function."""
        return [depends.dependency for depends in getattr(self.route, "dependencies", ())]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(app: FastAPI) -> list[Found]:
    """Every method of every route; of mounted files there is none."""
    found = [Found(method, route.path, route) for route in _flat(app) for method in sorted(route.methods)]
    assert len(found) > 40, "the routes were not found"
    return found


def _flat(app: FastAPI) -> Iterator[Any]:
    for route in app.routes:
        if hasattr(route, "effective_route_contexts"):
            yield from route.effective_route_contexts()
        elif isinstance(route, Mount):
            assert route.path == "/static", "a mounted application has routes that this does not see"
        else:
            yield route
