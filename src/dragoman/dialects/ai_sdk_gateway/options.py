"""`providerOptions`: what a caller says to one provider only, on a request, a message, a part or a tool.

Options are taken out one by one by whoever knows them; those that are left become extras, and so a loss for every
provider, for this dialect has none of its own. Tokens (signatures, encrypted reasoning) stand under the name of the
provider that minted them, and are marked as that dialect's own.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.ai_sdk_gateway.wire import CACHE_LIFETIMES, MINTERS, NAME
from dragoman.errors import invalid
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.wire.json_read import Fields, read_optional

FIELD = "providerOptions"


class Options:
    """The options of one object, while they are being read."""

    __slots__ = ("_left",)

    def __init__(self, fields: Fields) -> None:
        self._left: dict[str, Fields] = {}
        given = fields.get(FIELD)
        if given is None:
            return
        for provider, options in (read_optional(fields, FIELD, dict) or {}).items():
            if type(options) is not dict:
                raise invalid("This field must be an object.", f"{FIELD}.{provider}")
            self._left[provider] = {name: value for name, value in options.items() if value is not None}

    def take(self, provider: str, name: str) -> Any:
        """The value of one option, which is then no longer left; None where nobody gave it."""
        options = self._left.get(provider)
        return options.pop(name, None) if options else None

    def take_text(self, provider: str, name: str) -> str | None:
        """The same, for an option that must be a string."""
        value = self.take(provider, name)
        if value is None or type(value) is str:
            return value
        raise invalid("This field must be a string.", f"{FIELD}.{provider}.{name}")

    def take_cache(self) -> CacheBreakpoint | None:
        """Anthropic's breakpoint, which callers write for whatever provider serves them."""
        value = self.take("anthropic", "cacheControl") or self.take("anthropic", "cache_control")
        if value is None:
            return None
        if type(value) is not dict:
            raise invalid("This field must be an object.", f"{FIELD}.anthropic.cacheControl")
        ttl = value.get("ttl")
        return CacheBreakpoint(CACHE_LIFETIMES.get(ttl) if type(ttl) is str else None)

    def left(self) -> list[tuple[str, str, Any]]:
        """Provider, name and value of every option that was not taken."""
        return [(provider, name, value) for provider, options in self._left.items() for name, value in options.items()]

    def extras(self, minter: str | None = None, rest: Fields | None = None) -> Extras | None:
        """What is left, and `rest`, under our name; with the mark of the provider that minted the object's token."""
        own = {**(rest or {}), **{f"{FIELD}.{provider}.{name}": value for provider, name, value in self.left()}}
        extras: Extras = {NAME: own} if own else {}
        if minter is not None:
            extras[MINTERS[minter]] = {"minted": True}
        return extras or None
