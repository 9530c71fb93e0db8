"""Which chat template an analysis uses: one of the tokenizer's own, a bundled one, or a pasted one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..core.request import AnalysisRequest
from ..errors import TemplateError
from ..rendering.library import bundled_template
from ..tokenization.tokenizer import Tokenizer

FALLBACK = "chatml"
"""The bundled tokenizer brings no template of its own, since it serves all bundled ones."""


@dataclass(frozen=True, slots=True)
class ChosenTemplate:
    """A template's source, and where it was taken from: own, named:NAME, bundled:NAME, pasted, or none."""

    name: str
    source: str
    missing: str = ""
    """Why there is none, in one sentence; its source then raises that."""

    @property
    def sha256(self) -> str:
        return _sha256(self.source)


@lru_cache(maxsize=64)
def _sha256(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def choose_template(request: AnalysisRequest, tokenizer: Tokenizer) -> ChosenTemplate:
    """The template that the request names, as transformers would choose where it names none.

    Raises:
        TemplateError: `unknown-template`.
    """
    given = request.chat_template
    if given is None:
        return _own(tokenizer.chat_templates, request.conversation.tools is not None, tokenizer.name)
    if given.startswith("bundled:"):
        return ChosenTemplate(given, bundled_template(given.removeprefix("bundled:")))
    if given.startswith("named:"):
        return _named(given.removeprefix("named:"), tokenizer.chat_templates)
    return ChosenTemplate("pasted", given)


def _named(name: str, templates: Mapping[str, str]) -> ChosenTemplate:
    if name not in templates:
        known = ", ".join(templates) or "none"
        raise TemplateError(
            f"This tokenizer has no template named {name!r}; it has: {known}.", code="unknown-template"
        )
    return ChosenTemplate(f"named:{name}", templates[name])


def _own(templates: Mapping[str, str], with_tools: bool, tokenizer: str) -> ChosenTemplate:
    """transformers 5.23, `get_chat_template`: `tool_use` where there are tools, else `default`."""
    if with_tools and "tool_use" in templates:
        return ChosenTemplate("named:tool_use", templates["tool_use"])
    if "default" in templates:
        return ChosenTemplate("own", templates["default"])
    if tokenizer == "bundled":
        return ChosenTemplate(f"bundled:{FALLBACK}", bundled_template(FALLBACK))
    if templates:
        known = ", ".join(sorted(templates))
        return _none(f"This tokenizer has several templates and no default; choose one: {known}.")
    return _none("This tokenizer brings no chat template; choose a bundled one or paste one.")


def _none(why: str) -> ChosenTemplate:
    return ChosenTemplate("none", f"{{{{ raise_exception({json.dumps(why)}) }}}}", why)
