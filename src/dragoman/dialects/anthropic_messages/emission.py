"""What the emitting of one request or answer shares: where losses go, and how many cache breakpoints were set.

Losses are noted with the shortest path that is known on the spot and get the rest of it while the call returns
(`Emission.under`), so that a translation without losses never puts a path together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.model.content import CacheBreakpoint, Extras, Opaque, Part
from dragoman.model.loss import Loss, LossCode, list_foreign_fields
from dragoman.wire.json_read import Fields

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")


class Emission(msgspec.Struct, eq=False, gc=False):
    """`marked` are the identities of all that got a breakpoint, in order; those in `skipped` get none."""

    losses: list[Loss]
    skipped: frozenset[int] = frozenset()
    marked: list[int] = []

    def lose(self, code: LossCode, path: str, detail: str = "") -> None:
        """Note what does not come through."""
        self.losses.append(Loss(code, path, detail))

    def under(self, mark: int, prefix: str) -> None:
        """Put `prefix` before the paths of the losses noted since there were `mark` of them."""
        losses = self.losses
        for index in range(mark, len(losses)):
            loss = losses[index]
            path = f"{prefix}.{loss.path}" if loss.path else prefix
            losses[index] = Loss(loss.code, path, loss.detail)

    def decorate(self, block: Fields, owner: Any) -> None:
        """Add what any part, tool or turn may carry: its breakpoint and its extras."""
        cache: CacheBreakpoint | None = owner.cache
        if cache is not None:
            if id(owner) in self.skipped:
                self.lose("dropped", "cache", f"no more than {wire.MAX_BREAKPOINTS} breakpoints are allowed")
            else:
                self.marked.append(id(owner))
                block["cache_control"] = emit_cache(cache)
        if owner.extras is not None:
            self.spill(block, owner.extras)

    def spill(self, block: Fields, extras: Extras) -> None:
        """Our own extras go back to where they came from; those of other dialects have no place here."""
        own = extras.get(wire.NAME)
        if own is None or len(extras) > 1:
            for field in list_foreign_fields(extras, wire.NAME):
                self.lose("dropped", f"extras.{field}")
        if own is None:
            return
        for name, value in own.items():
            if type(value) is dict and type(block.get(name)) is dict:
                block[name] = {**block[name], **value}
            elif name not in {"minted", "cache_control"}:
                block[name] = value

    def tool_id(self, id: str, path: str) -> str:
        """The id if it is allowed, else another one that is always the same for the same id."""
        if _ID.fullmatch(id):
            return id
        self.lose("renamed", path, "ids of tool calls are letters, digits, _ and -, at most 64")
        return _rename(id, 64)

    def tool_name(self, name: str, path: str = "name") -> str:
        """As `tool_id`, for the name of a tool."""
        if _TOOL_NAME.fullmatch(name):
            return name
        self.lose("renamed", path, "names of tools are letters, digits, _ and -, at most 128")
        return _rename(name, 128)


Emit = Callable[[Any, Emission], Fields | None]
Table = dict[type, Emit]
"""What may stand in a place, and how it is said there."""


def emit_parts(parts: list[Part], table: Table, emission: Emission) -> list[Fields]:
    """The blocks for these parts; losses get the part's index into their path."""
    blocks: list[Fields] = []
    losses = emission.losses
    for index, part in enumerate(parts):
        mark = len(losses)
        block = table.get(type(part), emit_nothing)(part, emission)
        if block is not None:
            blocks.append(block)
        if len(losses) > mark:
            emission.under(mark, f"parts[{index}]")
    return blocks


def emit_nothing(part: Part, emission: Emission) -> None:
    """A part that its place does not allow."""
    emission.lose("dropped", "", f"{part.__struct_config__.tag} has no place here")


def emit_opaque(part: Opaque, emission: Emission) -> Fields | None:
    """A block that only Anthropic understands, as it came."""
    if part.dialect != wire.NAME:
        emission.lose("dropped", "", f"{part.kind} is understood by {part.dialect} only")
        return None
    if "cache_control" in part.value:
        emission.marked.append(0)
    return part.value


def read_own(extras: Extras | None) -> Fields:
    """Our own extras."""
    return extras.get(wire.NAME, {}) if extras else {}


def emit_cache(cache: CacheBreakpoint) -> Fields:
    """A breakpoint's wire form."""
    return {"type": "ephemeral"} if cache.ttl is None else {"type": "ephemeral", "ttl": cache.ttl}


def _rename(word: str, limit: int) -> str:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_ILLEGAL.sub('_', word)[: limit - 9]}_{digest}"
