"""What a request is routed by: built whole at every configuration load and swapped in one step.

An exchange keeps the switchboard it began with, so that a reload never changes the ground under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dragoman.dialects.base import Dialect, ProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.routing.attempts import MAX_ATTEMPTS, Wish
from dragoman.routing.mints import Mints
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.steering import FindPrices
from dragoman.routing.target import Face, Route
from dragoman.service.shaping import Shaping
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
    caches: Mapping[str, int] = {}  # public names whose answers may be given again, for so many seconds
    has_hedges: bool = False  # some route asks a second time beside a slow first
    has_mirrors: bool = False  # some route shows its requests to somebody else as well
    has_continuations: bool = False  # some route has another go on with a stream that broke off
    find_prices: FindPrices | None = None  # asked only where a request names a price
    mints: Mints = msgspec.field(default_factory=Mints)
    budget: RetryBudget = msgspec.field(default_factory=RetryBudget)
    room: WaitingRoom = msgspec.field(default_factory=WaitingRoom)
    shapings: Mapping[str, Shaping] = {}  # what `Target.shapings` names
    has_detours: bool = False  # some route wants more than an answer from one provider after the other

    def __post_init__(self) -> None:
        has_detours = bool(self.caches) or self.has_hedges or self.has_mirrors or self.has_continuations
        msgspec.structs.force_setattr(self, "has_detours", has_detours)

    def build_wish(self, tokens: int, started: float, route: Route, session: int | None = None) -> Wish:
        """What the plan has to know of a request that began then. It is noted for the budget of retries."""
        patience, budget = self.patience, self.budget
        budget.note_request(started)
        deadline = started + route.total_seconds
        return Wish(tokens, session, patience.max_attempts, patience.max_wait_seconds, deadline, budget)

    def provider_side(self, face: Face) -> ProviderSide:
        """The code that speaks to a provider's face."""
        side = self.dialects[face.dialect].provider
        if side is None:
            raise DragomanError(Kind.INTERNAL, f"Nobody can speak {face.dialect} to a provider.", blame="gateway")
        return side


Switchboards = Callable[[], Switchboard]
"""Where to get the current one."""
