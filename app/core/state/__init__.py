"""What a link, a snapshot or a file holds to show again what its author saw, schema version 1.

A link is `#v1.` and the base64url (without padding) of the deflated JSON in UTF-8:

    {"v": 1, "app": "0.1.0",
     "conversation": {"text": …, "format": …, "row": …} as pasted, or {"messages": …, "tools": …},
     "tokenizer": {"name", "loader", "revision"},
     "template": {"name", "source", "sha256"},
     "template_arguments": {}, "strategy": {"name", "options"},
     "reduction": {"name", "options"} | null, "today": "2026-11-23" | null,
     "view": {"tab", "lens", "would", "example", "page", "pin": [start, end] | null, "step", "theme"},
     "versions": {"lossmask", "transformers", "tokenizers", "jinja2"},
     "digest": …, "check": {"tokens", "every", "digits"}}

What is at its default is left out, which a reader puts back. `template.source` is there for a
template of the author's own; one that goes by a name, be it the tokenizer's or a bundled one, is
told by its SHA-256. `check` finds the first token that differs (see `check`). Where only the
structure is shared, `structure` stands in place of conversation, options, digest and check.

A version that is out stays readable: `migrate` brings it forward. static/js/state.js is the twin
that packs and unpacks links in the browser; whether the fields are right is decided here alone.
"""

from __future__ import annotations

from .check import Check
from .compare import Comparison, compared
from .fragment import fragment_of, read_fragment, read_link
from .read import read_json, read_state
from .schema import Pasted, SharedTemplate, SharedTokenizer, State, View
from .structure import Run, Structure, structure_of

__all__ = [
    "Check",
    "Comparison",
    "Pasted",
    "Run",
    "SharedTemplate",
    "SharedTokenizer",
    "State",
    "Structure",
    "View",
    "compared",
    "fragment_of",
    "read_fragment",
    "read_json",
    "read_link",
    "read_state",
    "structure_of",
]
