"""Where a request or an answer goes out, and the marks that its parts carry along."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.openai_chat.marks import emit_cache, form_of, parse_cache, report_foreign, wire_fields
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.loss import Loss, LossCode
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.wire.json_read import Fields


class Outlet(msgspec.Struct, eq=False, gc=False):
    """What the target can take, and where losses are noted. Clients have no profile."""

    losses: list[Loss]
    profile: Profile = DEFAULT_PROFILE

    def lose(self, path: str, detail: str = "", code: LossCode = "dropped") -> None:
        """Note that what stood at `path` did not go along."""
        self.losses.append(Loss(code, path, detail))

    def put_extras(self, wire: Fields, extras: Extras, path: str) -> None:
        """Put our own fields back beside the others; an object meets an object field by field."""
        is_ours = NAME in extras
        if is_ours:
            for name, value in wire_fields(extras).items():
                current = wire.get(name)
                wire[name] = {**current, **value} if type(current) is dict and type(value) is dict else value
        if not is_ours or len(extras) > 1:
            report_foreign(extras, self.losses, f"{path}." if path else "")

    def put_marks(self, wire: Fields, cache: CacheBreakpoint | None, extras: Extras | None, path: str) -> Fields:
        """Extras, and the cache breakpoint where the target takes it or the caller wrote it in these very words."""
        if extras is not None:
            self.put_extras(wire, extras, path)
        if cache is not None:
            form = form_of(extras)
            raw = form.get("cache_control")
            if raw is not None and parse_cache(raw) == cache:
                if form.get("level") != "message":
                    wire["cache_control"] = raw
            elif self.profile.cache_control:
                wire["cache_control"] = emit_cache(cache)
            else:
                self.lose(f"{path}.cache")
        return wire


def message_cache(parts: list[Any]) -> Fields | None:
    """The `cache_control` that stood on a whole message and was taken as one on its last part."""
    cache = getattr(parts[-1], "cache", None) if parts else None
    if cache is None:
        return None
    form = form_of(parts[-1].extras)
    raw: Fields | None = form.get("cache_control")
    return raw if form.get("level") == "message" and parse_cache(raw) == cache else None
