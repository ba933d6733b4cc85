"""What a request is routed by: built whole at every configuration load and swapped in one step.

An exchange keeps the switchboard it began with, so that a reload never changes the ground under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dragoman.dialects.base import Dialect, ProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.routing.attempts import MAX_ATTEMPTS, Wish
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.target import Face, Route
from dragoman.service.waiting import WaitingRoom


class Patience(msgspec.Struct, frozen=True):
    """What one request may cost in attempts and in waiting."""

    max_attempts: int = MAX_ATTEMPTS
    max_wait_seconds: float = 5.0
    affinity: bool = True


class Switchboard(msgspec.Struct, frozen=True):
    """Names to routes, providers to pools, dialects to code."""

    resolver: Resolver
    pools: Mapping[str, CredentialPool]
    dialects: Mapping[str, Dialect]
    patience: Patience = Patience()
    budget: RetryBudget = msgspec.field(default_factory=RetryBudget)
    room: WaitingRoom = msgspec.field(default_factory=WaitingRoom)

    def is_sticky(self, route: Route) -> bool:
        """Whether it matters to which conversation a request belongs: only where a key can be chosen."""
        targets = route.targets
        if len(targets) == 1 and len(targets[0].provider.credentials) == 1:
            return False
        return self.patience.affinity and any(len(target.provider.credentials) > 1 for target in targets)

    def build_wish(self, tokens: int, started: float, route: Route, session: int | None = None) -> Wish:
        """What the plan has to know of a request that began then. It is noted for the budget of retries."""
        self.budget.note_request(started)
        patience = self.patience
        total = (route.timeouts or route.targets[0].provider.timeouts).total
        return Wish(tokens, session, patience.max_attempts, patience.max_wait_seconds, started + total, self.budget)

    def provider_side(self, face: Face) -> ProviderSide:
        """The code that speaks to a provider's face."""
        side = self.dialects[face.dialect].provider
        if side is None:
            raise DragomanError(Kind.INTERNAL, f"Nobody can speak {face.dialect} to a provider.", blame="gateway")
        return side


Switchboards = Callable[[], Switchboard]
"""Where to get the current one."""
