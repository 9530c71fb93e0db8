"""Holds answers against the OpenAPI document: their status, their media type, the form of a problem.

Counts what it saw, so that a run can tell how many requests it made and how they ended.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

PROBLEM = "application/problem+json"
WAITS = (429, 503)
"""Statuses that say when to try again."""


class Judge:
    """Every answer as the document has it, and no 5xx but 503."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths = document["paths"]
        self._schemas: dict[str, Any] = {}
        self.counts: Counter[tuple[str, int]] = Counter()
        """Answers by operation and status."""

    def check(self, label: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Look at one answer; `label` is as in `POST /api/analyses`."""
        self.counts[label, status] += 1
        assert status < 500 or (status == 503 and "retry-after" in headers) or is_oembed(label, status), (
            f"{label} answered {status}: {body[:500]!r}"
        )
        documented = self._answers(label)
        assert str(status) in documented, f"{label} answered {status}, and says only {sorted(documented)}"
        self._check_content(label, documented[str(status)], headers, body)
        if status >= 400:
            self._check_problem(label, status, headers, body)

    def total(self) -> int:
        """How many answers were looked at."""
        return sum(self.counts.values())

    def table(self) -> str:
        """The counts, an operation a line."""
        labels = sorted({label for label, _ in self.counts})
        return "\n".join(f"{label:40} {self._row(label)}" for label in labels)

    def _row(self, label: str) -> str:
        found = sorted((status, count) for (name, status), count in self.counts.items() if name == label)
        return "  ".join(f"{status}: {count}" for status, count in found)

    def _answers(self, label: str) -> Mapping[str, Any]:
        method, path = label.split(" ", 1)
        answers: Mapping[str, Any] = self._paths[path][method.lower()]["responses"]
        return answers

    def _check_content(
        self, label: str, documented: Mapping[str, Any], headers: Mapping[str, str], body: bytes
    ) -> None:
        known = documented.get("content", {})
        if not known:
            return
        media_type = headers.get("content-type", "").partition(";")[0]
        assert media_type in known, f"{label} answered {media_type!r}, and says only {sorted(known)}"
        schema = known[media_type].get("schema")
        value = json.loads(body)
        if schema and "$ref" not in json.dumps(schema):
            jsonschema_rs.validate(schema, value)

    def _check_problem(self, label: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        assert headers.get("content-type") == PROBLEM, f"{label} answered {status} as {dict(headers)}"
        problem = json.loads(body)
        assert problem["status"] == status
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", problem["code"]), problem
        assert problem["title"]
        assert problem["detail"]
        assert "Traceback" not in problem["detail"]
        if status in WAITS:
            assert int(headers["retry-after"]) >= 1


def is_oembed(label: str, status: int) -> bool:
    """The one further 5xx: what oEmbed 1.0 asks for where another format than JSON is wanted."""
    return label == "GET /oembed" and status == 501
