"""What the OpenAPI document says of stored snapshots."""

from __future__ import annotations

from typing import Any

from .api_docs import EXAMPLE, PROBLEMS, REQUEST, problem

SNAPSHOTS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "request": {**REQUEST, "description": "The body of `POST /api/analyses`."},
                        "state": {
                            "type": "object",
                            "description": "In place of `request`: what a portable link holds.",
                        },
                        "losses": {
                            "type": "object",
                            "description": "Beside a `state`: where losses came from that this server found.",
                        },
                        "lifetime": {
                            "enum": ["1-day", "30-days", "1-year", "unlimited"],
                            "description": "How long it is kept, of what the operator offers.",
                        },
                    },
                },
                "example": {"request": EXAMPLE, "lifetime": "30-days"},
            }
        },
    },
    "responses": {
        "201": {
            "description": "It is stored.",
            "content": {
                "application/json": {
                    "example": {
                        "id": "k7w3czqtd9mh2xv5",
                        "url": "https://lossmask.example.org/s/k7w3czqtd9mh2xv5",
                        "manage_url": "https://lossmask.example.org/s/k7w3czqtd9mh2xv5/manage#0f1e…",
                        "secret": "0f1e…",
                        "expires_at": "2026-12-23T12:00:00Z",
                    }
                }
            },
        }
    },
}

DELETING: dict[str, Any] = {
    "parameters": [
        {
            "name": "Snapshot-Secret",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": "The `secret` that the creation answered.",
        }
    ]
}

STORING: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    403: problem("This server stores nothing."),
    429: {
        **PROBLEMS[429],
        **problem("This client stored or analysed as much as it may; `Retry-After` says when to try again."),
    },
    507: problem("All room is taken by snapshots that have not expired."),
}

OPENING: dict[int | str, dict[str, Any]] = {
    403: problem("The secret is another's, or this server stores nothing."),
    404: problem("Nothing is stored under this id: it never was, has expired, or was deleted."),
    422: problem("A parameter is missing or of the wrong type."),
    429: {**PROBLEMS[429], **problem("This client asked for too much that is not there.")},
    503: {
        **PROBLEMS[503],
        **problem("The database cannot be reached; `Retry-After` says when to try again."),
    },
}

FRAMING: dict[int | str, dict[str, Any]] = {
    **OPENING,
    501: problem("Another format than JSON is asked for, which oEmbed answers so."),
}
