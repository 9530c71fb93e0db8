"""From a tokenizer's name to the folder its files are in, without any network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import TokenizerError
from ..settings import Settings
from .cache import snapshot
from .names import TokenizerRef

BUNDLED = Path(__file__).resolve().parent / "bundled"


@dataclass(frozen=True, slots=True)
class Location:
    """A tokenizer's name, the commit it was downloaded at, and its folder."""

    name: str
    revision: str | None
    folder: Path


def locate(ref: TokenizerRef, settings: Settings) -> Location:
    """The folder of a tokenizer that is on this machine already.

    Raises:
        TokenizerError: `unknown-tokenizer`, where there is no such folder, or where the Hub's
            files have not been downloaded at that commit.
    """
    if ref.source == "bundled":
        return Location(ref.text, None, BUNDLED)
    if ref.source == "local":
        return Location(ref.text, None, _local(ref.name, settings))
    return _downloaded(ref)


def local_names(settings: Settings) -> list[str]:
    """The folders that `local:` can name, sorted."""
    root = settings.text("tokenizers")
    if not root or not Path(root).is_dir():
        return []
    return sorted(folder.name for folder in Path(root).iterdir() if _is_offered(folder))


def _is_offered(folder: Path) -> bool:
    return not folder.is_symlink() and any(folder.glob("*.json"))


def _local(name: str, settings: Settings) -> Path:
    root = settings.text("tokenizers")
    if not root:
        raise TokenizerError(
            "This server offers no local tokenizers: its operator has not set LOSSMASK_TOKENIZERS."
        )
    folder = Path(root).resolve() / name
    # A link may lead anywhere on the machine, and so out of what the operator offered.
    if not folder.is_dir() or folder.resolve() != folder:
        raise TokenizerError(f"There is no tokenizer folder {name!r} on this server.")
    return folder


def _downloaded(ref: TokenizerRef) -> Location:
    folder = snapshot(ref.name, ref.revision) if ref.revision and ref.pinned else None
    if folder is None:
        raise TokenizerError(f"{ref.text} has not been downloaded yet.")
    return Location(f"hub:{ref.name}", ref.revision, folder)
