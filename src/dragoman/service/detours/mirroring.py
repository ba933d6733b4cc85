"""Shows requests to somebody else as well, when the client has its answer: to try a provider on what is really asked.

Invariants: the client's answer is over before its mirror begins, so that nothing of it can be felt; what is mirrored is
metered apart, under the name `mirror` and no caller's; it is never mirrored again; and where too many are under way,
one more is left out. Costs one look where no route has a mirror.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec

from dragoman.errors import DragomanError
from dragoman.routing.target import Mirror
from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.service.principals import Principal
from dragoman.service.sinks import GatheringSink
from dragoman.service.switchboard import Switchboards
from dragoman.wire.json_document import encode_json

MAX_IN_FLIGHT = 64
MIRRORED = Principal("mirror")

Launch = Callable[[Coroutine[Any, Any, None], str], object]


class Mirroring:
    """Stands before the service that answers requests. `launch` runs what nobody waits for."""

    def __init__(
        self, inner: Generate, switchboards: Switchboards, launch: Launch, random: Callable[[], float]
    ) -> None:
        self._inner = inner
        self._switchboards = switchboards
        self._launch = launch
        self._random = random
        self.in_flight = 0
        self.left_out = 0

    def __repr__(self) -> str:
        return f"<Mirroring: {self.in_flight} in flight, {self.left_out} left out>"

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request, and perhaps show it to somebody else."""
        if not self._switchboards().has_mirrors:
            return self._inner(inbound, sink)
        return self._answer_and_show(inbound, sink)

    async def _answer_and_show(self, inbound: Inbound, sink: ReplySink) -> None:
        await self._inner(inbound, sink)
        shown = self._build_shown(inbound)
        if shown is None:
            return
        if self.in_flight >= MAX_IN_FLIGHT:
            self.left_out += 1
            return
        self.in_flight += 1
        self._launch(self._show(shown), "a mirrored request")

    def _build_shown(self, inbound: Inbound) -> Inbound | None:
        """The request as the mirror gets it; None where it gets none."""
        try:
            envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
            mirror = self._switchboards().resolver.resolve(envelope.model).mirror
        except DragomanError:
            return None
        if mirror is None or self._random() >= mirror.share:
            return None
        return readdress(inbound, mirror, envelope.document.patch({"model": encode_json(mirror.to)}))

    async def _show(self, shown: Inbound) -> None:
        try:
            await self._inner(shown, GatheringSink())
        finally:
            self.in_flight -= 1


def readdress(inbound: Inbound, mirror: Mirror, body: bytes) -> Inbound:
    """The same request for another model and in nobody's name, without what was said about its way."""
    named = inbound.path_model is not None
    return msgspec.structs.replace(
        inbound,
        body=inbound.body if named else body,
        path_model=mirror.to if named else None,
        principal=MIRRORED.name,
        caller=MIRRORED,
        hints=(),
        trace="",
    )
