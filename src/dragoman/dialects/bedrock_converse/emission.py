"""What the emitting of one request shares: where losses go, cache points, ids, and the names of documents.

Losses are noted with the shortest path that is known on the spot; `under` puts the rest before it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from dragoman.dialects.bedrock_converse import wire
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.loss import Loss, LossCode, list_foreign_fields
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.wire.json_read import Fields

_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")
_NOT_IN_DOCUMENT_NAME = re.compile(r"[^a-zA-Z0-9\s()\[\]-]+")
_MAX_DOCUMENT_NAME = 180  # of 200, so that a number can follow


class Emission:
    """One request on its way out."""

    def __init__(self, profile: Profile, losses: list[Loss], skipped: frozenset[int] = frozenset()) -> None:
        self.profile = profile
        self.losses = losses
        self._skipped = skipped
        self._document_names: set[str] = set()

    def lose(self, code: LossCode, path: str, detail: str = "") -> None:
        """Note what does not come through."""
        self.losses.append(Loss(code, path, detail))

    def under(self, mark: int, prefix: str) -> None:
        """Put `prefix` before the paths of the losses noted since there were `mark` of them."""
        for index in range(mark, len(self.losses)):
            loss = self.losses[index]
            path = f"{prefix}.{loss.path}" if loss.path else prefix
            self.losses[index] = Loss(loss.code, path, loss.detail)

    def emit_cache(self, owner: Any) -> list[Fields]:
        """The cache point behind a part or a tool that wants one."""
        cache: CacheBreakpoint | None = owner.cache
        if cache is None:
            return []
        if id(owner) in self._skipped:
            self.lose("dropped", "cache", f"no more than {wire.MAX_CACHE_POINTS} cache points are allowed")
            return []
        return [emit_cache_point(cache)]

    def report_extras(self, extras: Extras | None) -> None:
        """Fields that only another dialect has a place for stay behind."""
        if extras is not None:
            for field in list_foreign_fields(extras, wire.NAME):
                self.lose("dropped", f"extras.{field}")

    def tool_id(self, id: str, path: str) -> str:
        """The id if it is allowed, else another one that is always the same for the same id."""
        if _ID.fullmatch(id):
            return id
        self.lose("renamed", path, "ids of tool calls are letters, digits and _ . : -, at most 64")
        return _rename(id)

    def tool_name(self, name: str, path: str = "name") -> str:
        """As `tool_id`, for the name of a tool."""
        if _TOOL_NAME.fullmatch(name):
            return name
        self.lose("renamed", path, "names of tools are letters, digits, _ and -, at most 64")
        return _rename(name)

    def document_name(self, name: str | None) -> str:
        """A name as the API wants it, and unlike all before it in this request."""
        mended = " ".join(_NOT_IN_DOCUMENT_NAME.sub("-", name or "").split())[:_MAX_DOCUMENT_NAME] or "document"
        if name and mended != name:
            self.lose("renamed", "name", "names of documents are letters, digits, spaces and ( ) [ ] -")
        unique, number = mended, 2
        while unique in self._document_names:
            unique, number = f"{mended} ({number})", number + 1
        self._document_names.add(unique)
        return unique


def emit_cache_point(cache: CacheBreakpoint) -> Fields:
    """A cache point's wire form."""
    point: Fields = {"type": "default"}
    if cache.ttl is not None:
        point["ttl"] = cache.ttl
    return {"cachePoint": point}


def select_skipped(request: Request) -> frozenset[int]:
    """Who gets no cache point: of more than the API takes, the earliest, for a later one covers what they do."""
    owners: list[Any] = [*(request.tools or ()), *(part for turn in request.turns for part in turn.parts)]
    marked = [id(owner) for owner in owners if getattr(owner, "cache", None) is not None]
    room = wire.MAX_CACHE_POINTS - (request.cache is not None)
    return frozenset(marked[:-room])


def _rename(word: str) -> str:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_NOT_IN_ID.sub('_', word)[:55]}_{digest}"
