"""Download a tokenizer, or a model's weights, from the Hugging Face Hub, pinned to the commit it has.

Covered: only the files that a `Kind` wants are asked for; their sizes are read first and counted
again as they arrive; the operator's `HF_TOKEN` and `HF_ENDPOINT` are used, and nothing a user
sends is an address. Files come over plain HTTP from that endpoint.
Not covered: removing old downloads; loading, which is a worker's business; what weights are, which
`losses` says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import TokenizerError
from ..settings import Settings
from . import cache, files
from .hub_errors import plain_hub_errors
from .names import TokenizerRef

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

CHUNK = 256 * 1024
RESPONSE_SECONDS = 10.0
"""How long the Hub may be silent; also the longest that a cancelled download goes on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; `total` is 0 until the sizes are known."""

    step: Literal["resolving", "downloading", "done"]
    file: str = ""
    bytes: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What is downloaded of a repository: which files out of their names and sizes, how much, and whereto."""

    wanted: Callable[[Mapping[str, int]], list[str]]
    missing: Callable[[TokenizerRef, Mapping[str, int]], TokenizerError]
    """What to raise where nothing is wanted."""
    limit: str
    """The setting that is the most of it, in MiB."""
    seconds: str
    shelf: str
    called: str = "The tokenizer of {}"


@dataclass(slots=True)
class _Download:
    """One download: what it reports to, and what may end it."""

    ref: TokenizerRef
    kind: Kind
    limit: int
    deadline: float
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    bytes: int = 0
    total: int = 0

    def check(self) -> None:
        if self.cancelled():
            raise TokenizerError(f"The download of {self.ref.text} was cancelled.", code="cancelled")
        if time.monotonic() > self.deadline:
            raise TokenizerError(f"The download of {self.ref.text} took too long.", code="hub-timeout")

    def arrived(self, file: str, count: int) -> None:
        self.bytes += count
        if self.bytes > self.limit:
            raise _too_large(self)
        self.progress(Progress("downloading", file, self.bytes, self.total))
        self.check()


def fetch(
    ref: TokenizerRef,
    settings: Settings,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    kind: Kind | None = None,
) -> TokenizerRef:
    """Download a tokenizer, or another `kind`, where it is not here yet; gives its name pinned to a commit.

    Blocks: run it in a thread. A name that is not of the Hub is given back as it is. With no
    network, what a branch stood for when it was last downloaded is taken.

    Raises:
        TokenizerError: `hub-off`, `unknown-tokenizer`, `unknown-revision`, `gated-tokenizer`,
            `no-network`, `no-tokenizer`, `tokenizer-too-large`, `cancelled` or `hub-timeout`.
    """
    kind = kind or TOKENIZER
    if ref.source != "hub" or (ref.pinned and cache.snapshot(ref.name, ref.revision or "", kind.shelf)):
        return ref
    if not settings.flag("hub"):
        raise TokenizerError(
            f"{ref.text} would have to be downloaded, and this server's operator has switched that off.",
            code="hub-off",
        )
    limit = int(settings.number(kind.limit) * 2**20)
    deadline = time.monotonic() + settings.number(kind.seconds)
    download = _Download(ref, kind, limit, deadline, progress, cancelled)
    try:
        return _fetch(download)
    except TokenizerError as error:
        return _earlier(ref, kind, error)


def _fetch(download: _Download) -> TokenizerRef:
    ref = download.ref
    download.progress(Progress("resolving"))
    download.check()
    with plain_hub_errors(ref):
        info = _describe(ref)
        pinned = ref.at(info.sha or "")
        shelf = download.kind.shelf
        if cache.snapshot(ref.name, info.sha or "", shelf) is None:
            _download(info, pinned, download)
        cache.remember(ref.name, ref.revision or "main", info.sha or "", shelf)
    download.progress(Progress("done", bytes=download.bytes, total=download.total))
    return pinned


def _earlier(ref: TokenizerRef, kind: Kind, error: TokenizerError) -> TokenizerRef:
    """What is here from before, where the Hub is out of reach; else the error again."""
    commit = None
    if error.code == "no-network":
        commit = cache.remembered(ref.name, ref.revision or "main", kind.shelf)
    if commit is None or cache.snapshot(ref.name, commit, kind.shelf) is None:
        raise error
    return ref.at(commit)


def _describe(ref: TokenizerRef) -> ModelInfo:
    """The commit and the files with their sizes."""
    from huggingface_hub import HfApi

    api = HfApi(endpoint=_endpoint(), token=_token())
    return api.model_info(ref.name, revision=ref.revision, files_metadata=True, timeout=RESPONSE_SECONDS)


def _download(info: ModelInfo, pinned: TokenizerRef, download: _Download) -> None:
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    names = download.kind.wanted(sizes)
    if not names:
        raise download.kind.missing(download.ref, sizes)
    download.total = sum(sizes[name] for name in names)
    if download.total > download.limit:
        raise _too_large(download)
    with cache.arriving(pinned.name, pinned.revision or "", download.kind.shelf) as folder:
        for name in names:
            _download_file(name, pinned, folder, download)


def _download_file(name: str, pinned: TokenizerRef, folder: Path, download: _Download) -> None:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
    )

    url = hf_hub_url(pinned.name, name, revision=pinned.revision, endpoint=_endpoint())
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    headers = build_hf_headers(token=_token())
    asked = get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=RESPONSE_SECONDS)
    with asked as response, path.open("wb") as file:
        hf_raise_for_status(response)
        for chunk in response.iter_bytes(CHUNK):
            download.arrived(name, len(chunk))
            file.write(chunk)


def _endpoint() -> str | None:
    # The library reads it once, when it is imported.
    return os.environ.get("HF_ENDPOINT") or None


def _token() -> str | Literal[False]:
    # False keeps the library from looking for a token that was stored on disk for other programs.
    return os.environ.get("HF_TOKEN") or False


def _too_large(download: _Download) -> TokenizerError:
    what = download.kind.called.format(download.ref.text)
    return TokenizerError(
        f"{what} is larger than {download.limit / 2**20:g} MiB, the most that is downloaded.",
        code="tokenizer-too-large",
    )


def _no_tokenizer(ref: TokenizerRef, names: Mapping[str, int]) -> TokenizerError:
    found = files.unreadable(names)
    reason = f"It has {', '.join(found)}, which needs a library that is not installed here." if found else ""
    return TokenizerError(
        f"The repository {ref.name} has no tokenizer that can be loaded: no tokenizer.json. {reason}".strip(),
        code="no-tokenizer",
    )


TOKENIZER = Kind(files.wanted, _no_tokenizer, "hub_file_megabytes", "hub_seconds", cache.TOKENIZERS)
