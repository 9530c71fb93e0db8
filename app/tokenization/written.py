"""`tokenizer.json` as it is written, for comparison with what transformers made of the same folder.

transformers 5 builds some classes anew from their vocabulary and drops what the file says of
normalizing and splitting; then the two give different ids, and no error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.provenance import IntArray
from ..core.tokens import Tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend

FILE = "tokenizer.json"
LISTS = ("vocab", "merges")
"""The large fields of a model, compared apart from its settings."""


class Written:
    """The file's own tokenizer, where it is built otherwise than the one in use."""

    def __init__(self, backend: Backend) -> None:
        backend.no_truncation()
        backend.no_padding()
        self._backend = backend

    def difference(self, text: str, tokens: Tokens) -> str | None:
        """One sentence on the first position where the ids differ, or None."""
        ids = np.array(self._backend.encode(text, add_special_tokens=False).ids, dtype=np.int32)
        position = _first_difference(ids, tokens.ids)
        if position is None:
            return None
        here = _token(tokens.pieces[position], tokens.ids[position]) if position < len(tokens) else "no token"
        return (
            f"AutoTokenizer and tokenizer.json disagree from token {position} on: "
            f"{here} against {self._there(ids, position)} in the file."
        )

    def _there(self, ids: IntArray, position: int) -> str:
        if position >= len(ids):
            return "no token"
        index = int(ids[position])
        return _token(self._backend.id_to_token(index) or "", index)


def read_written(folder: Path, backend: Backend, *, rebuilt: bool) -> Written | None:
    """The file's tokenizer, or None where there is no file or it is built just as `backend` is.

    `rebuilt` says that transformers built `backend` from parts; otherwise it read the file,
    and only what it added afterwards can differ. What comes after the splitting into tokens
    (post-processor, decoder, truncation) changes no id of plain text and is not compared.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    from tokenizers import Tokenizer

    data = json.loads(path.read_text(encoding="utf-8"))
    if _same_frame(data, backend) and not (rebuilt and not _same_model(data, backend)):
        return None
    return Written(Tokenizer.from_file(str(path)))


def _same_frame(data: dict[str, Any], backend: Backend) -> bool:
    """Whether added tokens, normalizing and splitting are the same."""
    if backend.encode_special_tokens or _added(data["added_tokens"]) != _added_to(backend):
        return False
    file = _emptied(data)
    return _same(file.normalizer, backend.normalizer) and _same(file.pre_tokenizer, backend.pre_tokenizer)


def _same(one: Any, other: Any) -> bool:
    return bool(_canonical(_state(one)) == _canonical(_state(other)))


def _same_model(data: dict[str, Any], backend: Backend) -> bool:
    """Whether vocabulary, merges and the model's settings are the same."""
    mine, file = _state(backend.model), _state(_emptied(data).model)
    lists = all(_list(data["model"].get(name)) == _list(mine.get(name)) for name in LISTS)
    return lists and bool(_settings(mine) == _settings(file))


def _settings(model: dict[str, Any]) -> Any:
    return _canonical({name: value for name, value in model.items() if name not in LISTS})


def _emptied(data: dict[str, Any]) -> Backend:
    """The file's tokenizer without its vocabulary, so that the library fills in what the file leaves out."""
    from tokenizers import Tokenizer

    model = dict(data["model"])
    if isinstance(model.get("vocab"), dict):
        model |= {name: type(model[name])() for name in LISTS if name in model}
    return Tokenizer.from_str(json.dumps(data | {"model": model, "added_tokens": []}))


def _state(part: Any) -> Any:
    return None if part is None else json.loads(part.__getstate__())


def _canonical(part: Any) -> Any:
    """A part in one spelling for what has the same effect on ids."""
    if isinstance(part, list):
        return [_canonical(item) for item in part]
    if not isinstance(part, dict):
        return None if part == "" else part
    if part.get("type") == "Sequence" and not any(
        value for value in part.values() if isinstance(value, list)
    ):
        return None
    return {name: _canonical(value) for name, value in part.items() if name != "trim_offsets"}


def _list(value: Any) -> Any:
    """Merges as pairs, whichever way they are written; a scored vocabulary up to rounding."""
    if not isinstance(value, list):
        return value
    return [tuple(row.split(" ")) if isinstance(row, str) else _rounded(row) for row in value]


def _rounded(row: list[Any]) -> tuple[Any, ...]:
    return tuple(round(item, 6) if isinstance(item, float) else item for item in row)


def _added(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {(row["id"], row["content"], *(bool(row.get(flag)) for flag in _FLAGS)) for row in rows}


def _added_to(backend: Backend) -> set[tuple[Any, ...]]:
    added = backend.get_added_tokens_decoder()
    return {(i, token.content, *(getattr(token, flag) for flag in _FLAGS)) for i, token in added.items()}


_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


def _first_difference(one: IntArray, other: IntArray) -> int | None:
    common = min(len(one), len(other))
    differing = np.flatnonzero(one[:common] != other[:common])
    if len(differing):
        return int(differing[0])
    return None if len(one) == len(other) else common


def _token(piece: str, index: int) -> str:
    return f"{piece!r} ({index})"
