"""The page that documents the API, drawn from its own OpenAPI document without a script."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from .templating import pages

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Every route with its parameters, its body and its answers."""
    document = request.app.openapi()
    return pages.TemplateResponse(
        request, "api.html", {"info": document["info"], "operations": operations(document)}
    )


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The document's operations in its own order, each as the page shows it."""
    return [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "body": [_content(*item) for item in operation.get("requestBody", {}).get("content", {}).items()],
        "answers": [
            {"status": status, "description": answer["description"]}
            for status, answer in operation["responses"].items()
        ],
    }


def _content(media_type: str, content: dict[str, Any]) -> dict[str, Any]:
    example = content.get("example", "")
    text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    fields = content.get("schema", {}).get("properties", {})
    return {
        "media_type": media_type,
        "example": text,
        "fields": [{"name": name, "meaning": field.get("description", "")} for name, field in fields.items()],
    }
