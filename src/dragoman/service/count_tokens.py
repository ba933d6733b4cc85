"""How many tokens a request has: asked of the provider where it can tell, estimated (and said so) where it cannot."""

from __future__ import annotations

import msgspec

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.clock import Clock, IdSource
from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.routing.target import Attempt
from dragoman.service.drive import drive_attempts
from dragoman.service.exchange import Exchange, Inbound, ReplySink
from dragoman.service.learning import read_refusal
from dragoman.service.outward import word_for_client
from dragoman.service.reshaping.plugins import GUARDS
from dragoman.service.shaping import shape_request
from dragoman.service.switchboard import Switchboard, Switchboards
from dragoman.upstream.call import build_call
from dragoman.upstream.transport import Transport

MAX_COUNT_BYTES = 1024 * 1024

_ESTIMATE_HEADER = ((b"x-dragoman-estimate", b"true"),)


class CountTokensService:
    """Answers counting requests. One instance serves all of them."""

    def __init__(self, transport: Transport, switchboards: Switchboards, clock: Clock) -> None:
        self._transport = transport
        self._switchboards = switchboards
        self._clock = clock
        self._ids = IdSource()

    async def count(self, inbound: Inbound, sink: ReplySink) -> None:
        """Answer one counting request into `sink`."""
        exchange = Exchange(self._ids.make("ex_"), inbound.client.name, inbound.principal, self._clock.monotonic())
        try:
            reply = await self._count(inbound, exchange)
        except DragomanError as error:
            reply = inbound.client.emit_error(word_for_client(error, exchange))
        await sink.send_reply(reply, ())

    async def _count(self, inbound: Inbound, exchange: Exchange) -> WireReply:
        switchboard, scope = self._switchboards(), inbound.caller.scope
        if scope is not None:
            switchboard = scope.narrow_board(switchboard)
        envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
        route = switchboard.resolver.resolve(envelope.model)
        request = inbound.client.parse_request(envelope)
        counts: list[tuple[int | None, str]] = []

        async def run(attempt: Attempt) -> None:
            counts.append((await self._ask(attempt, inbound, request, switchboard), attempt.target.model))

        wish = switchboard.build_wish(0, exchange.started, route)
        await drive_attempts(switchboard, route, exchange, self._clock, run, wish=wish)
        count, model = counts[-1]
        if count is not None:
            return inbound.client.emit_token_count(count)
        reply = inbound.client.emit_token_count(find_ruler(model).count_request(request))
        return msgspec.structs.replace(reply, headers=reply.headers + _ESTIMATE_HEADER)

    async def _ask(self, attempt: Attempt, inbound: Inbound, request: Request, switchboard: Switchboard) -> int | None:
        """The provider's own count; None where its dialect has none."""
        target = attempt.target
        face = attempt.face_for(inbound.client.name)
        side = switchboard.provider_side(face)
        losses: list[Loss] = []
        guards = tuple(name for name in target.shapings if name in GUARDS)
        if guards:  # what plugins keep back must not leave for being counted, either
            guarded = msgspec.structs.replace(target, shapings=guards)
            request = (await shape_request(request, guarded, switchboard.shapings, losses)).request
        wire = side.emit_count_request(request.for_model(target.model), target.profile, losses)
        if wire is None:
            return None
        forwarded = inbound.forwarded if side.name == inbound.client.name else ()
        answer = await self._transport.send(build_call(attempt, face, wire, forwarded))
        try:
            body = await answer.read_all(MAX_COUNT_BYTES)
            if not 200 <= answer.status < 300:
                raise read_refusal(side, answer, body, self._clock)
            return side.parse_token_count(body)
        finally:
            answer.close()
