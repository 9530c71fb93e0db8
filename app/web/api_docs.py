"""What the OpenAPI document says of bodies that the framework does not read: schemas and examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.contributions import REDUCTIONS
from ..core.request import LOSSES_FORM
from ..strategies.registry import STRATEGIES

DESCRIPTION = """\
Send a conversation, name a tokenizer, a chat template and a masking rule, and get every token
with its label, its weight and the reason for both. Nothing is stored but what is sent to
`POST /api/snapshots`.

Errors are problem documents (`application/problem+json`) with a stable `code`, a `title`, a
`detail` that is one plain sentence, and, where there is a place to name, `where` with line and
column: of the chat template, of the pasted conversation, or of the request's own JSON. Every
route answers 400 to a `Host` that is not this server's, 403 to another site's page that wants to
change something, 404 under an address that is none, 405 to a method that it does not have, and 415 to
a body with a `Content-Encoding`.
"""

TAGS = [
    {"name": "analyses", "description": "From a conversation to its mask."},
    {"name": "snapshots", "description": "Analyses behind a short link, stored on request alone."},
    {"name": "losses", "description": "What a model says of each token, as a job that can be cancelled."},
    {"name": "choices", "description": "What a request can name."},
    {"name": "downloads", "description": "Tokenizers on their way from the Hub."},
    {"name": "health", "description": "Whether analyses can be taken."},
]

_MESSAGE = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"type": "string"},
        "content": {"type": ["string", "array", "null"]},
        "reasoning_content": {"type": ["string", "null"]},
        "tool_calls": {"type": ["array", "null"], "items": {"type": "object"}},
        "weight": {"type": ["number", "null"]},
    },
}


def _named(names: Iterable[str], description: str) -> dict[str, Any]:
    """One of a registry, with options of its own."""
    properties = {"name": {"enum": list(names)}, "options": {"type": ["object", "null"]}}
    return {"type": ["object", "null"], "properties": properties, "description": description}


REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["conversation"],
    "properties": {
        "conversation": {
            "type": "object",
            "required": ["messages"],
            "description": "`messages`, each with `role` and `content`, perhaps `tool_calls`, "
            "`reasoning_content` or `weight`; and perhaps `tools`.",
            "properties": {
                "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
                "tools": {"type": ["array", "null"], "items": {"type": "object"}},
            },
        },
        "tokenizer": {
            "type": "string",
            "default": "bundled",
            "description": "`bundled`, `hub:ORG/NAME`, `hub:ORG/NAME@REVISION` or `local:FOLDER`.",
        },
        "tokenizer_loader": {
            "enum": ["auto", "file"],
            "default": "auto",
            "description": "`auto`: as AutoTokenizer reads the folder; `file`: tokenizer.json as written.",
        },
        "chat_template": {
            "type": ["string", "null"],
            "description": "Jinja source, `bundled:NAME`, `named:NAME` for one of several that the "
            "tokenizer brings, or null for its own.",
        },
        "template_arguments": {
            "type": ["object", "null"],
            "description": "Variables for the template, such as `enable_thinking`.",
        },
        "strategy": _named(STRATEGIES, "The masking rule; `GET /api/strategies` lists them."),
        "reduction": _named(
            REDUCTIONS,
            "How the loss is averaged; `GET /api/reductions` lists the ways. Left out, it is "
            "as the strategy's framework does.",
        ),
        "today": {
            "type": ["string", "null"],
            "format": "date",
            "description": "The date that the template sees; null means now.",
        },
        "losses": {"type": ["object", "null"], "description": f"Per-token losses to join: {LOSSES_FORM}"},
    },
}

EXAMPLE: dict[str, Any] = {
    "tokenizer": "bundled",
    "chat_template": "bundled:llama-3",
    "conversation": {
        "messages": [
            {"role": "user", "content": "give me a recipe to bake pancakes"},
            {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
        ]
    },
    "strategy": {"name": "assistant-turns", "options": {"end_of_turn": True}},
    "today": "2026-11-23",
}

ANALYSES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": REQUEST, "example": EXAMPLE}},
    }
}

LOSSES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": REQUEST,
                "example": {**EXAMPLE, "losses": {"model": "hub:Qwen/Qwen3-0.6B"}},
            }
        },
    }
}

MATRICES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": REQUEST,
                "example": {key: value for key, value in EXAMPLE.items() if key != "strategy"},
            }
        },
    }
}

COMPARISONS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["a", "b"],
                    "properties": {
                        "a": REQUEST,
                        "b": {
                            "type": "object",
                            "description": "Fields of a request in place of those of `a`.",
                            "properties": REQUEST["properties"],
                        },
                        "examples": {
                            "type": "array",
                            "items": {"type": "integer", "minimum": 0},
                            "minItems": 2,
                            "maxItems": 2,
                            "default": [0, 0],
                            "description": "Which of several examples of A and of B.",
                        },
                    },
                },
                "example": {"a": EXAMPLE, "b": {"strategy": {"name": "full"}}},
            }
        },
    }
}

_COUNT = {"type": "integer", "minimum": 1}
_SHARED = ("conversation", "losses")

_BATCH = {
    "type": "object",
    "required": ["conversations"],
    "properties": {
        **{name: field for name, field in REQUEST["properties"].items() if name not in _SHARED},
        "conversations": {"type": "array", "minItems": 1, "items": REQUEST["properties"]["conversation"]},
        "batch": {
            "type": "object",
            "description": "How conversations become micro-batches and optimizer steps.",
            "properties": {
                "micro_batch_size": {**_COUNT, "default": 8},
                "gradient_accumulation_steps": {**_COUNT, "default": 1},
                "ranks": {**_COUNT, "default": 1},
                "packing": {"enum": [None, "bfd", "bfd_split", "wrapped"], "default": None},
                "packing_length": {
                    "type": ["integer", "null"],
                    "minimum": 1,
                    "description": "Tokens of a pack; null: the strategy's `max_length`, or else 1024.",
                },
                "padding_free": {"type": "boolean", "default": False},
            },
        },
        "compare_with": _named(
            REDUCTIONS,
            "The second reduction; left out, `micro-batch-mean` beside `token-mean`, and "
            "`token-mean` beside any other.",
        ),
        "columns": {
            "type": "boolean",
            "default": False,
            "description": "Whether each sequence tells its `input_ids`, `labels` and `coefficients`.",
        },
    },
}

BATCHES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _BATCH,
                "example": {
                    "chat_template": "bundled:llama-3",
                    "conversations": [EXAMPLE["conversation"], EXAMPLE["conversation"]],
                    "batch": {"micro_batch_size": 1, "gradient_accumulation_steps": 2},
                    "today": "2026-11-23",
                },
            }
        },
    }
}

CONVERSATIONS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "User: give me a recipe to bake pancakes\n"
                "Assistant: to bake pancakes, one takes a pan",
            }
        },
    }
}

_PROBLEM = {
    "type": "object",
    "required": ["status", "code", "title", "detail"],
    "properties": {
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "where": {
            "type": "object",
            "properties": {"line": {"type": "integer"}, "column": {"type": ["integer", "null"]}},
        },
    },
}


def problem(description: str) -> dict[str, Any]:
    """One answer that is a problem document."""
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM}}}


RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    413: problem("The body, the conversation or the template is larger than a limit."),
    415: problem("The body is compressed: it has a `Content-Encoding`."),
    422: problem("What the user can mend: bad JSON, a template error, an unknown tokenizer or option."),
    429: {
        **problem("This client had its share for now; `Retry-After` says when to try again."),
        "headers": {"Retry-After": RETRY_AFTER},
    },
    503: {
        **problem("Every worker is taken; `Retry-After` says when to try again."),
        "headers": {"Retry-After": RETRY_AFTER},
    },
}

ANALYSED: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    502: problem("The operator's server for log-probabilities, which the request named, failed."),
    504: problem("That server was too slow."),
}

NAMES: dict[int | str, dict[str, Any]] = {422: problem("The tokenizer's name is none, or is missing.")}

JOBS: dict[int | str, dict[str, Any]] = {
    404: problem("This address names no job."),
    422: problem("There is no such job; it may have ended long ago."),
}
