"""One client request for a model's answer, from the bytes that came in to the bytes that go out.

Invariants: nothing is committed to the client before the first meaningful event, so that any failure until then is
tried elsewhere unseen; after it no second provider is asked, and a failure becomes the dialect's own error in the
stream, never a clean end. Every exchange is settled exactly once, however it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from dragoman.clock import Clock, IdSource
from dragoman.dialects.base import Envelope, ProviderSide, WireReply, WireRequest
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.routing.target import Attempt, HeaderPairs, Route
from dragoman.service.drive import drive_attempts
from dragoman.service.exchange import Exchange, Inbound, ReplySink, read_session
from dragoman.service.learning import learn_limits, read_refusal
from dragoman.service.losses import emit_header_text, emit_losses_header, refuse_losses
from dragoman.service.outward import select_answer_headers, word_for_client
from dragoman.service.relay import PassingRelay, Relay, TranslatingRelay
from dragoman.service.switchboard import Switchboards
from dragoman.service.way import cap_total, find_way
from dragoman.upstream.call import build_call
from dragoman.upstream.transport import Answer, Transport

MAX_ANSWER_BYTES = 64 * 1024 * 1024
UNKNOWN_TYPE = b"application/octet-stream"

Note = Callable[[Exchange], None]


class GenerateService:
    """Answers requests. One instance serves all of them. `reserve` is told before a provider is asked, each time."""

    def __init__(
        self,
        transport: Transport,
        switchboards: Switchboards,
        clock: Clock,
        settle: Note,
        reserve: Note | None = None,
    ) -> None:
        self.transport = transport
        self.switchboards = switchboards
        self.clock = clock
        self.reserve = reserve
        self._settle = settle
        self._ids = IdSource()

    async def generate(self, inbound: Inbound, sink: ReplySink) -> None:
        """Answer one request into `sink`; raises nothing but cancellation and the sink's own failures."""
        exchange = Exchange(self._ids.make("ex_"), inbound.client.name, inbound.principal, self.clock.monotonic())
        exchange.bytes_in = len(inbound.body)
        exchange.session = read_session(inbound.forwarded) if inbound.forwarded else ""
        try:
            await _Conversation(self, inbound, exchange, sink).hold()
        except DragomanError as error:
            exchange.error = error
            await _tell(error, inbound, exchange, sink)
        except asyncio.CancelledError:
            exchange.is_cancelled = True
            raise
        finally:
            exchange.ended = self.clock.monotonic()
            self._settle(exchange)


async def _tell(error: DragomanError, inbound: Inbound, exchange: Exchange, sink: ReplySink) -> None:
    error = word_for_client(error, exchange)
    if sink.is_started:
        await sink.send_chunk(inbound.client.emit_stream_error(error))
        await sink.end_stream()
    else:
        await sink.send_reply(inbound.client.emit_error(error), _exchange_headers(exchange))


class _Conversation:
    """One exchange while it lasts: the state that its attempts share."""

    __slots__ = ("_clock", "_exchange", "_inbound", "_request", "_reserve", "_sink", "_switchboard", "_transport")

    def __init__(self, service: GenerateService, inbound: Inbound, exchange: Exchange, sink: ReplySink) -> None:
        self._transport = service.transport
        self._switchboard = service.switchboards()
        self._clock = service.clock
        self._reserve = service.reserve
        self._inbound = inbound
        self._exchange = exchange
        self._sink = sink
        self._request: Request | None = None

    async def hold(self) -> None:
        """Attempt after attempt, until one has answered or the plan gives up."""
        inbound, exchange = self._inbound, self._exchange
        envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
        exchange.model = envelope.model
        exchange.stream = envelope.stream
        way = find_way(self._switchboard, inbound, envelope, exchange.started, self._parsed)
        route, envelope, wish = way.route, way.envelope, way.wish
        exchange.tokens, exchange.skipped = wish.tokens, wish.skipped
        self._sink.announce(is_stream=envelope.stream, survives_disconnect=route.on_disconnect == "finish")

        async def run(attempt: Attempt) -> None:
            await self._run(attempt, cap_total(route, attempt, wish, self._clock.monotonic()), envelope)

        await drive_attempts(self._switchboard, route, exchange, self._clock, run, wish=wish)

    async def _run(self, attempt: Attempt, route: Route, envelope: Envelope) -> None:
        """One attempt: ask, wait for the head of the answer, and pass the answer on."""
        exchange = self._exchange
        exchange.losses = []
        target = attempt.target
        face = attempt.face_for(self._inbound.client.name)
        side = self._switchboard.provider_side(face)
        is_same = side.name == self._inbound.client.name
        if is_same:
            wire = side.patch_request(envelope, target.model, target.profile)
        else:
            wire = self._translate(attempt, side, envelope)
            if exchange.losses and (route.strict or self._inbound.strict):
                raise refuse_losses(exchange.losses, target.name)
        forwarded = self._inbound.forwarded if is_same else ()
        call = build_call(attempt, face, wire, forwarded, route.timeouts)
        if self._reserve is not None:
            self._reserve(exchange)
        answer = await self._transport.send(call)
        try:
            learn_limits(exchange, answer, self._clock)
            if not 200 <= answer.status < 300:
                body = await answer.read_all(MAX_ANSWER_BYTES)
                raise read_refusal(side, answer, body, self._clock)
            if not envelope.stream:
                await self._reply(answer, side, is_same)
            elif is_same:
                listener = side.open_listener(envelope, target.profile)
                await self._relay(answer, PassingRelay(listener, self._inbound.client), is_same)
            else:
                request = self._parsed(envelope)
                emitter = self._inbound.client.open_emitter(request, exchange.losses)
                relay = TranslatingRelay(side.open_parser(), emitter, int(self._clock.unix()))
                await self._relay(answer, relay, is_same)
        finally:
            answer.close()

    def _parsed(self, envelope: Envelope) -> Request:
        if self._request is None:
            self._request = self._inbound.client.parse_request(envelope)
        return self._request

    def _translate(self, attempt: Attempt, side: ProviderSide, envelope: Envelope) -> WireRequest:
        target = attempt.target
        request = self._parsed(envelope)
        return side.emit_request(request.for_model(target.model), target.profile, self._exchange.losses)

    async def _reply(self, answer: Answer, side: ProviderSide, is_same: bool) -> None:
        """A whole answer."""
        exchange, client = self._exchange, self._inbound.client
        body = await answer.read_all(MAX_ANSWER_BYTES)
        if is_same:
            glance = side.read_glance(body)
            exchange.usage, exchange.finish = glance.usage, glance.finish
            content_type = b"application/json" if glance.is_json else answer.header(b"content-type") or UNKNOWN_TYPE
            reply = WireReply(200, body, content_type, select_answer_headers(answer.headers))
        else:
            response = side.parse_response(body)
            if response.created_unix is None:
                response = msgspec.structs.replace(response, created_unix=int(self._clock.unix()))
            exchange.usage = response.usage
            if response.candidates:
                exchange.finish = response.candidates[0].finish
            if self._request is None:
                raise AssertionError("a translated answer belongs to a parsed request")
            reply = client.emit_response(response, self._request, exchange.losses)
        exchange.first_content = self._clock.monotonic()
        exchange.bytes_out = len(reply.body)
        await self._sink.send_reply(reply, _exchange_headers(exchange))

    async def _relay(self, answer: Answer, relay: Relay, is_same: bool) -> None:
        """A stream. Bytes are held until one of them means something; from then on they are passed as they come."""
        kept = select_answer_headers(answer.headers) if is_same else ()
        held: list[bytes] = []
        try:
            while chunk := await answer.read_chunk():
                passed = relay.feed(chunk)
                if relay.made_progress:
                    relay.made_progress = False
                    answer.mark_progress()
                    if held or self._exchange.first_content is None:
                        passed = await self._commit(held, passed, kept)
                elif self._exchange.first_content is None:
                    held.append(passed)
                    continue
                if passed:
                    self._exchange.bytes_out += len(passed)
                    await self._sink.send_chunk(passed)
            passed = relay.finish()
            if self._exchange.first_content is None:
                passed = await self._commit(held, passed, kept)
            if passed:
                self._exchange.bytes_out += len(passed)
                await self._sink.send_chunk(passed)
            await self._sink.end_stream()
        except DragomanError as error:
            if self._exchange.first_content is None:
                raise
            self._exchange.error = error
            await self._sink.send_chunk(relay.fail(word_for_client(error, self._exchange)))
            await self._sink.end_stream()
        finally:
            self._exchange.usage = relay.usage or self._exchange.usage
            self._exchange.finish = relay.finish_reason

    async def _commit(self, held: list[bytes], passed: bytes, kept: HeaderPairs) -> bytes:
        """The point of no return: the client gets the status line and everything held so far."""
        self._exchange.first_content = self._clock.monotonic()
        if not self._sink.is_started:
            headers = _exchange_headers(self._exchange) + kept
            await self._sink.start_stream(self._inbound.client.stream_content_type, headers)
        if held:
            passed = b"".join([*held, passed])
            held.clear()
        return passed


def _exchange_headers(exchange: Exchange) -> HeaderPairs:
    headers: HeaderPairs = ((b"x-dragoman-exchange", exchange.id.encode()),)
    if exchange.attempt is not None:
        headers += ((b"x-dragoman-target", emit_header_text(exchange.attempt.target.name)),)
    if exchange.losses:
        headers += ((b"x-dragoman-losses", emit_losses_header(_distinct(exchange.losses))),)
    return headers


def _distinct(losses: list[Loss]) -> list[Loss]:
    return list(dict.fromkeys(losses))
