"""Things that a stream brings in pieces and that mean something only when they are whole."""

from __future__ import annotations

import base64
import binascii

from dragoman.dialects.openai_chat.marks import keep
from dragoman.errors import malformed_upstream
from dragoman.model.content import Audio, InlineData
from dragoman.wire.json_read import Fields

_GROWING = frozenset({"text", "summary", "data"})


def merge_detail(details: list[Fields], piece: Fields) -> None:
    """Add a piece to the reasoning detail that it goes on with: the last one of the same type and index."""
    last = details[-1] if details else None
    if last is None or any(last.get(name) != piece.get(name) for name in ("type", "index")):
        details.append(dict(piece))
        return
    for name, value in piece.items():
        current = last.get(name)
        if name in _GROWING and type(value) is str and type(current) is str:
            last[name] = current + value
        elif value is not None:
            last[name] = value


def join_audio(pieces: list[Fields]) -> Audio:
    """Spoken output from its pieces. Each piece of the data is base64 by itself."""
    whole: Fields = {}
    for piece in pieces:
        whole.update({name: value for name, value in piece.items() if name not in {"data", "transcript"}})
    whole["data"] = _join_base64([piece["data"] for piece in pieces if type(piece.get("data")) is str])
    whole["transcript"] = "".join([piece["transcript"] for piece in pieces if type(piece.get("transcript")) is str])
    return Audio(InlineData("", whole["data"]), whole["transcript"] or None, extras=keep({"audio": whole}, {}))


def _join_base64(pieces: list[str]) -> str:
    """Only padding within is a reason to decode."""
    if not any(piece.endswith("=") for piece in pieces[:-1]):
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join([base64.b64decode(piece) for piece in pieces])).decode()
    except (binascii.Error, ValueError):
        raise malformed_upstream("The stream's audio is no base64.") from None
