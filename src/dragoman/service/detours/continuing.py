"""Goes on with streams that break off, on routes that want it: leg after leg, until one has come to its end.

Each leg is a request like any other, with its own exchange, so that each is metered and billed once. What they share is a
`Continuation`. Costs one look where no route wants this.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from dragoman.errors import DragomanError
from dragoman.service.continuation import Continuation, can_continue
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.switchboard import Switchboards

Generate = Callable[[Inbound, ReplySink], Coroutine[Any, Any, None]]


class Continuing:
    """Stands before the service that answers requests."""

    def __init__(self, inner: Generate, switchboards: Switchboards) -> None:
        self._inner = inner
        self._switchboards = switchboards

    def __repr__(self) -> str:
        return f"<Continuing before {self._inner!r}>"

    def generate(self, inbound: Inbound, sink: ReplySink) -> Coroutine[Any, Any, None]:
        """Answer one request, perhaps in several legs."""
        if not self._switchboards().has_continuations or not self._is_wanted(inbound):
            return self._inner(inbound, sink)
        return self._go_on(inbound, sink)

    def _is_wanted(self, inbound: Inbound) -> bool:
        """Whether it is a stream of such a route, and somebody there could go on with it."""
        try:
            envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
            route = self._switchboards().resolver.resolve(envelope.model)
        except DragomanError:
            return False
        return envelope.stream and route.continues and any(map(can_continue, route.targets))

    async def _go_on(self, inbound: Inbound, sink: ReplySink) -> None:
        continuation = Continuation()
        leg = msgspec.structs.replace(inbound, continuation=continuation)
        await self._inner(leg, sink)
        while continuation.is_due:
            continuation.is_due = False
            await self._inner(leg, sink)
