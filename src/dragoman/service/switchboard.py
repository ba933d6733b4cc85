"""What a request is routed by: built whole at every configuration load and swapped in one step.

An exchange keeps the switchboard it began with, so that a reload never changes the ground under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dragoman.dialects.base import Dialect, ProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Face


class Switchboard(msgspec.Struct, frozen=True):
    """Names to routes, providers to pools, dialects to code."""

    resolver: Resolver
    pools: Mapping[str, CredentialPool]
    dialects: Mapping[str, Dialect]

    def provider_side(self, face: Face) -> ProviderSide:
        """The code that speaks to a provider's face."""
        side = self.dialects[face.dialect].provider
        if side is None:
            raise DragomanError(Kind.INTERNAL, f"Nobody can speak {face.dialect} to a provider.", blame="gateway")
        return side


Switchboards = Callable[[], Switchboard]
"""Where to get the current one."""
