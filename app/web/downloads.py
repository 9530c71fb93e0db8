"""Tokenizers on their way from the Hub: each once, in a thread, with its progress for whoever asks.

A download outlives the request that started it, so that a reloaded page finds it further on.
What a branch stood for is remembered for some minutes, so that not every analysis asks the Hub.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from ..errors import Busy
from ..settings import Settings
from ..tokenization.hub import Progress, fetch
from ..tokenization.names import TokenizerRef

AT_ONCE = 4
"""Downloads under way; a further one is refused."""

REMEMBERED_SECONDS = 300.0


@dataclass(slots=True)
class Download:
    """One tokenizer's download; its result is the name pinned to a commit."""

    ref: TokenizerRef
    result: Future[TokenizerRef] = field(default_factory=Future)
    progress: Progress = field(default_factory=lambda: Progress("resolving"))
    ended: float | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self, settings: Settings) -> None:
        """Fetch; whatever happens goes to those who wait for the result."""
        try:
            found = fetch(self.ref, settings, self._report, self._cancelled.is_set)
        except BaseException as error:
            self.ended = time.monotonic()
            self.result.set_exception(error)
        else:
            self.ended = time.monotonic()
            self.result.set_result(found)

    def cancel(self) -> None:
        """Ask it to stop; it does when the next bytes arrive."""
        self._cancelled.set()

    def _report(self, progress: Progress) -> None:
        self.progress = progress

    @property
    def under_way(self) -> bool:
        return not self.result.done()

    @property
    def usable(self) -> bool:
        """Whether its result may be awaited in place of another download."""
        if self.ended is None:
            return not self._cancelled.is_set()
        fresh = time.monotonic() - self.ended < REMEMBERED_SECONDS
        return fresh and self.result.exception() is None


class Downloads:
    """Every download of this server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._downloads: dict[str, Download] = {}

    async def pinned(self, tokenizer: str, begins: Callable[[], None] = lambda: None) -> str:
        """A tokenizer's name as a worker can load it: the Hub's pinned to a commit, its files here.

        `begins` is called before a download that nobody asked for before, and may raise to prevent it.

        Raises:
            TokenizerError: the name is none, or the download failed or was cancelled.
            Busy: too many downloads are under way.
        """
        ref = TokenizerRef.parse(tokenizer)
        if ref.source != "hub":
            return ref.text
        download = self._download(ref, begins)
        # Shielded, since others may wait for the same download.
        found = await asyncio.shield(asyncio.wrap_future(download.result))
        return found.text

    def progress(self, tokenizer: str) -> Progress | None:
        """How far a download is; None where there is none.

        Raises:
            TokenizerError: the name is none.
        """
        download = self._downloads.get(TokenizerRef.parse(tokenizer).text)
        return download.progress if download is not None and download.usable else None

    def cancel(self, tokenizer: str) -> None:
        """Stop a download, for everyone who waits for it."""
        download = self._downloads.get(TokenizerRef.parse(tokenizer).text)
        if download is not None:
            download.cancel()

    def close(self) -> None:
        """Stop all of them."""
        for download in self._downloads.values():
            download.cancel()

    def _download(self, ref: TokenizerRef, begins: Callable[[], None]) -> Download:
        known = self._downloads.get(ref.text)
        if known is not None and known.usable:
            return known
        if sum(download.under_way for download in self._downloads.values()) >= AT_ONCE:
            raise Busy("Several tokenizers are being downloaded already; please try again in a moment.")
        begins()
        self._downloads = {name: other for name, other in self._downloads.items() if other.usable}
        download = self._downloads[ref.text] = Download(ref)
        # A daemon, so that a silent network does not hold up the server's end.
        threading.Thread(target=download.run, args=(self._settings,), daemon=True).start()
        return download
