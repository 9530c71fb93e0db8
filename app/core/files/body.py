"""What a file or a stored snapshot holds: the state it was made from, and the finished analysis.

    {"v": 1, "state": <State>, "analysis": <the answer of POST /api/analyses>}

Covered: everything that a stranger could put in their place, down to columns that do not fit each
other or the conversation. Not covered: whether the analysis is what the state gives, which
computing it again tells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...errors import ConversationError, FileError, LinkError
from ..analysis import Analysis, ExampleAnalysis
from ..conversation import Conversation
from ..digest import digest
from ..provenance import NO_MESSAGE
from ..request import AnalysisRequest
from ..request_text import BadJson, read_json, read_utf8
from ..restore import restored
from ..state import SharedTemplate, SharedTokenizer, State, read_state
from ..state.check import check_of
from ..state.schema import OWN, PASTED
from .embed import extracted, is_page

VERSION = 1


class Body(NamedTuple):
    """An analysis with what it was made from; `conversation` is what the state's text says."""

    state: State
    analysis: Analysis
    conversation: Conversation

    def as_json(self) -> dict[str, Any]:
        """The body as files and snapshots hold it; `body_from` reads it back."""
        return {"v": VERSION, "state": self.state.as_json(), "analysis": self.analysis.as_json()}

    def text(self) -> str:
        """The same as compact JSON."""
        return json.dumps(self.as_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_body(text: str) -> Body:
    """The body whose JSON this is; raises as `body_from` does, with line and column where it is no JSON."""
    try:
        value = read_json(text)
    except BadJson as fault:
        raise FileError(f"The file holds no JSON: {fault.detail}", where=fault.where) from None
    return body_from(value)


def bytes_body(content: bytes) -> Body:
    """The body in the bytes of a file, a page or JSON; raises as `body_from` does."""
    try:
        text = read_utf8(content)
    except BadJson as fault:
        raise FileError(f"The file is neither a page nor JSON. {fault.detail}") from None
    if is_page(text):
        return read_body(extracted(text))
    if not text.lstrip().startswith(("{", "[")):
        raise FileError("This is no file that opens again; those are `.html` and `.json` files of Lossmask.")
    return read_body(text)


def body_from(value: object) -> Body:
    """The body whose `as_json` this is, out of JSON that `read_json` let through.

    Raises:
        FileError: `bad-file`, with what is wrong; `file-version`.
    """
    fields = _fields(value)
    try:
        state = read_state(fields["state"])
        analysis = restored(fields["analysis"])
        conversation = state.read_conversation()
    except LinkError as error:
        raise FileError(error.detail.replace("link", "file"), code=_code(error)) from None
    except ConversationError as error:
        raise FileError(error.detail) from None
    _check(state, analysis, conversation)
    return Body(state, analysis, conversation)


def state_of_request(request: AnalysisRequest, analysis: Analysis) -> State:
    """What a file records of a request that came from no form, and of what it gave."""
    asks = analysis.template is not None and "strftime_now" in analysis.template.source
    check = check_of(analysis)
    return State(
        app=analysis.versions.get("lossmask", ""),
        conversation=request.conversation,
        tokenizer=SharedTokenizer(request.tokenizer, request.tokenizer_loader, analysis.tokenizer.revision),
        template=_template(request, analysis),
        template_arguments=request.template_arguments,
        strategy=request.strategy,
        reduction=request.reduction,
        today=analysis.today if request.today or asks else None,
        versions=analysis.versions,
        digest=digest(analysis),
        check=check if check.tokens else None,
    )


def bad(what: str) -> FileError:
    """The error for a file that is not ours, or was damaged."""
    return FileError(f"The file does not hold what Lossmask writes: {what}.")


def _fields(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise bad("it is no JSON object")
    version = value.get("v")
    if type(version) is int and version > VERSION:
        raise FileError(
            f"The file was saved by a later version of Lossmask, in format {version}; this version reads "
            f"up to format {VERSION}. Update Lossmask to open it.",
            code="file-version",
        )
    if {"examples", "outcome"} <= value.keys():
        raise FileError(
            "The file holds an analysis without what it was made from, as the API answers it; "
            "`lossmask analyze FILE --save NAME.json` saves both."
        )
    if type(version) is not int or version < 1 or not {"state", "analysis"} <= value.keys():
        raise FileError(
            "The file holds no analysis that Lossmask saved. To analyse a conversation, paste its text."
        )
    return value


def _code(error: LinkError) -> str:
    return "file-version" if error.code == "link-version" else "bad-file"


def _check(state: State, analysis: Analysis, conversation: Conversation) -> None:
    for one in analysis.examples:
        _check_example(one, len(conversation.messages))
    _check_findings(analysis)
    if state.digest is not None and state.digest != digest(analysis):
        raise bad("its tokens are not those that its digest is of")


def _check_example(one: ExampleAnalysis, messages: int) -> None:
    last = int(one.messages.max(initial=NO_MESSAGE))
    if last >= messages:
        raise bad(f"a token is in turn {last + 1}, and the conversation has {messages}")
    offsets = one.example.tokens.offsets
    if (offsets[:, 0] > offsets[:, 1]).any():
        raise bad("`offsets` has a span that ends before it starts")
    if one.example.cut_tokens < 0 or not np.isfinite(one.example.weights).all():
        raise bad("`weights` or `cut_tokens` cannot be")
    for found in one.difference or ():
        ends = len(one.example.tokens), 0 if one.rendered is None else len(one.rendered.tokens)
        for stretch, end in zip(found, ends, strict=True):
            _check_stretch(stretch, end, "difference")


def _check_findings(analysis: Analysis) -> None:
    tokens = len(analysis.examples[0].example.tokens) if analysis.examples else 0
    for finding in analysis.findings:
        for stretch in finding.tokens:
            _check_stretch(stretch, tokens, "findings.tokens")


def _check_stretch(stretch: tuple[int, int], end: int, name: str) -> None:
    if any(type(place) is not int for place in stretch) or not 0 <= stretch[0] <= stretch[1] <= end:
        raise bad(f"`{name}` names tokens that are not there")


def _template(request: AnalysisRequest, analysis: Analysis) -> SharedTemplate:
    sha256 = analysis.tokenizer.template_sha256
    if request.chat_template is None:
        return SharedTemplate(OWN, None, sha256)
    if request.chat_template.startswith(("bundled:", "named:")):
        return SharedTemplate(request.chat_template, None, sha256)
    return SharedTemplate(PASTED, request.chat_template)
