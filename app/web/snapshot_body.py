"""What is stored of a posted state or request, and what is read back.

A client's figures are never stored: digest, versions and whatever else tells of a result are
those of the analysis that this server made. What is stored is read as a stranger's all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import __version__
from ..core.analysis import Analysis
from ..core.digest import digest
from ..core.files.body import Body, read_body, state_of_request
from ..core.request import AnalysisRequest, LossSource
from ..core.request_text import read_json, read_utf8
from ..core.state import SharedTokenizer, State, read_state
from ..core.state.check import check_of
from ..errors import LossmaskError, OptionError, StorageError, TooLarge
from ..settings import Settings
from ..storage import lifetimes

FIELDS = ("state", "request", "losses", "lifetime")
FORM = "`state` is what a link holds, or `request` is the body of `POST /api/analyses`: one of the two."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be computed and stored, and for how long; `state` where it came with one."""

    request: AnalysisRequest
    state: State | None
    lifetime: lifetimes.Lifetime

    def body(self, analysis: Analysis) -> bytes:
        """What is stored once the analysis is there."""
        if self.state is None:
            state = state_of_request(self.request, analysis)
        else:
            state = as_made_here(self.state, analysis)
        return Body(state, analysis, self.request.conversation).text().encode()


def read_asked(body: bytes, settings: Settings) -> Asked:
    """Read the body of `POST /api/snapshots`.

    Raises:
        TooLarge: it exceeds the limit of a snapshot.
        BadJson, OptionError, LinkError, ConversationError: it is not what it should be.
    """
    limit = settings.integer("snapshot_json_bytes")
    if len(body) > limit:
        size, most = amount(len(body)), amount(limit)
        raise TooLarge(f"Your state is {size}; export a file instead. At most {most} can be stored.")
    value = read_json(read_utf8(body))
    if not isinstance(value, dict) or ("state" in value) == ("request" in value):
        raise OptionError(FORM, code="bad-request")
    unknown = sorted(set(value) - set(FIELDS))
    if unknown:
        raise OptionError(
            f"A snapshot has no field {unknown[0]!r}; known: {', '.join(FIELDS)}.", code="bad-request"
        )
    named = value.get("lifetime")
    if named is not None and not isinstance(named, str):
        raise OptionError("`lifetime` is a string.", code="bad-request")
    lifetime = lifetimes.chosen(named, settings)
    if "request" in value:
        return Asked(AnalysisRequest.from_json(value["request"]), None, lifetime)
    state = read_state(value["state"])
    return Asked(replace(state.request(), losses=LossSource.from_json(value.get("losses"))), state, lifetime)


def as_made_here(state: State, analysis: Analysis) -> State:
    """The state with what this server found in place of what it says of its result."""
    asks = analysis.template is not None and "strftime_now" in analysis.template.source
    template, found = state.template, check_of(analysis)
    return replace(
        state,
        app=__version__,
        tokenizer=SharedTokenizer(state.tokenizer.name, state.tokenizer.loader, analysis.tokenizer.revision),
        template=template
        if template.source is not None
        else template._replace(sha256=analysis.tokenizer.template_sha256),
        today=analysis.today if state.today or asks else None,
        versions=analysis.versions,
        digest=digest(analysis),
        check=found if found.tokens else None,
        structure=None,
    )


def read_stored(body: bytes) -> Body:
    """What was stored.

    Raises:
        StorageError: `snapshot-broken`, where it is not what this program stores.
    """
    try:
        return read_body(body.decode())
    except (LossmaskError, UnicodeDecodeError) as error:
        broken = StorageError(
            "This snapshot cannot be read: what is stored is damaged.", code="snapshot-broken"
        )
        broken.reason = type(error).__name__
        raise broken from None


def amount(size: int) -> str:
    """A size in words.

    >>> amount(1_468_007), amount(1_000)
    ('1.4 MiB', '1000 bytes')
    """
    return f"{size / 2**20:.3g} MiB" if size >= 2**20 // 10 else f"{size} bytes"
