"""One client request for a model's answer, from the bytes that came in to the bytes that go out.

Invariants: nothing is committed to the client before the first meaningful event, so that any failure until then is
tried elsewhere unseen; after it no second provider is asked, and a failure becomes the dialect's own error in the
stream, never a clean end. Every exchange is settled exactly once, however it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dragoman.adapt.unmet import UnmetError
from dragoman.clock import Clock, IdSource
from dragoman.dialects.base import Envelope, ProviderSide, StreamEmitter, WireReply, WireRequest
from dragoman.errors import DragomanError
from dragoman.model.request import Request
from dragoman.routing.attempts import Wish
from dragoman.routing.target import Attempt, HeaderPairs, Route, Target
from dragoman.service.drive import drive_attempts
from dragoman.service.estimating import Reporters
from dragoman.service.exchange import Exchange, Inbound, ReplySink, read_session
from dragoman.service.exchange_headers import build_answer_headers, build_trace_headers
from dragoman.service.identity import build_identity, identify
from dragoman.service.learning import learn_limits, read_refusal
from dragoman.service.losses import refuse_losses
from dragoman.service.outward import select_answer_headers, word_for_client
from dragoman.service.relay import PassingRelay, Relay, TranslatingRelay
from dragoman.service.reshaping.asking import CALLER
from dragoman.service.reshaping.passage import finish_response, let_pass
from dragoman.service.reshaping.signs import may_concern
from dragoman.service.shaping import ReshapingParser, Shaped, shape_request
from dragoman.service.switchboard import Switchboards
from dragoman.service.way import cap_total, find_way, note_minter
from dragoman.upstream.call import build_call
from dragoman.upstream.transport import Answer, Transport

MAX_ANSWER_BYTES = 64 * 1024 * 1024
UNKNOWN_TYPE = b"application/octet-stream"

Note = Callable[[Exchange], None]
Admit = Callable[[Exchange, Envelope, Route, Callable[[Envelope], Request]], Awaitable[None] | None]
"""Takes what a request may need of its caller's limits, mostly at once; raises where that is too much."""

Attend = Callable[[Exchange, bytes, ReplySink], ReplySink]
"""Told of a request before anything else; gives back where the answer is to go."""


class GenerateService:
    """Answers requests. One instance serves all of them. `reserve` is told before a provider is asked, each time."""

    def __init__(
        self,
        transport: Transport,
        switchboards: Switchboards,
        clock: Clock,
        settle: Note,
        reserve: Note | None = None,
        *,
        attend: Attend | None = None,
    ) -> None:
        self.transport = transport
        self.switchboards = switchboards
        self.clock = clock
        self.reserve = reserve
        self.attend = attend
        self.reporters = Reporters()
        self.admit: Admit | None = None  # asked for callers that have limits
        self._settle = settle
        self._ids = IdSource()

    async def generate(self, inbound: Inbound, sink: ReplySink) -> None:
        """Answer one request into `sink`; raises nothing but cancellation and the sink's own failures."""
        exchange = Exchange(self._ids.make("ex_"), inbound.client.name, inbound.principal, self.clock.monotonic())
        exchange.caller = inbound.caller
        exchange.bytes_in = len(inbound.body)
        exchange.session = read_session(inbound.forwarded) if inbound.forwarded else ""
        exchange.trace = inbound.trace
        if self.attend is not None:
            sink = self.attend(exchange, inbound.body, sink)
        conversation = _Conversation(self, inbound, exchange, sink)
        try:
            await conversation.hold()
        except DragomanError as error:
            exchange.error = error
            await _tell(error, inbound, exchange, sink)
        except asyncio.CancelledError:
            exchange.is_cancelled = True
            raise
        finally:
            exchange.ended = self.clock.monotonic()
            conversation.settle_usage()
            self._settle(exchange)


async def _tell(error: DragomanError, inbound: Inbound, exchange: Exchange, sink: ReplySink) -> None:
    error = word_for_client(error, exchange)
    if sink.is_started:
        begun = inbound.continuation
        told = begun.fail if begun is not None and begun.is_under_way else inbound.client.emit_stream_error
        await sink.send_chunk(told(error))
        await sink.end_stream()
    else:
        reply = inbound.client.emit_error(error)
        if inbound.trail is not None or inbound.beside is not None:
            reply = msgspec.structs.replace(reply, as_event=inbound.client.emit_stream_error(error))
        await sink.send_reply(reply, build_answer_headers(exchange))


class _Conversation:
    """One exchange while it lasts: the state that its attempts share."""

    __slots__ = (
        "_admit",
        "_clock",
        "_envelope",
        "_exchange",
        "_inbound",
        "_reporters",
        "_request",
        "_reserve",
        "_route",
        "_sink",
        "_switchboard",
        "_transport",
        "_wish",
    )

    _envelope: Envelope
    _route: Route
    _wish: Wish

    def __init__(self, service: GenerateService, inbound: Inbound, exchange: Exchange, sink: ReplySink) -> None:
        self._transport = service.transport
        scope = inbound.caller.scope
        self._switchboard = service.switchboards() if scope is None else scope.narrow_board(service.switchboards())
        self._admit = service.admit
        self._clock = service.clock
        self._reserve = service.reserve
        self._reporters = service.reporters
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
        if inbound.continuation is not None:
            route, wish = inbound.continuation.narrow(route, wish)
        self._route, self._envelope, self._wish = route, envelope, wish
        exchange.tokens, exchange.skipped = wish.tokens, wish.skipped
        self._sink.announce(is_stream=envelope.stream, survives_disconnect=route.on_disconnect == "finish")
        if exchange.caller.accounts and self._admit is not None:
            waiting = self._admit(exchange, envelope, route, self._parsed)
            if waiting is not None:
                await waiting
        await drive_attempts(self._switchboard, route, exchange, self._clock, self._run, wish=wish)
        if way.is_sticky and exchange.error is None:
            note_minter(self._switchboard, inbound, exchange, wish.session)

    def _run(self, attempt: Attempt) -> Awaitable[None]:
        """One attempt."""
        self._exchange.losses = []
        route = self._route
        if attempt.number > 1:
            route = cap_total(route, attempt, self._wish, self._clock.monotonic())
        if self._inbound.trail is not None:
            self._inbound.trail.append(attempt)
        if self._inbound.continuation is not None:
            self._inbound.continuation.attempts.append(attempt)
        if attempt.target.shapings and may_concern(attempt.target.shapings, self._inbound.body):
            return self._ask_shaped(attempt, route, self._envelope)
        return self._ask(attempt, route, self._envelope)

    async def _ask_shaped(self, attempt: Attempt, route: Route, envelope: Envelope) -> None:
        """Ask with all that is done for this target; what asks models by itself finds out for whom."""
        before = CALLER.set(self._inbound)
        try:
            await self._ask_until_met(attempt, route, envelope)
        finally:
            CALLER.reset(before)

    async def _ask_until_met(self, attempt: Attempt, route: Route, envelope: Envelope) -> None:
        """Ask; once more, if the answer is not what was demanded and nobody has
        seen it."""
        exchange, request = self._exchange, self._parsed(envelope)
        for is_last in (False, True):
            shaped = await shape_request(request, attempt.target, self._switchboard.shapings, exchange.losses)
            if is_last:
                shaped = shaped.with_spent(exchange.usage)
            try:
                await self._ask(attempt, route, envelope, shaped if shaped.differs_from(self._request) else None)
            except UnmetError as unmet:
                if is_last or exchange.first_content is not None:
                    raise
                request = unmet.correction
                exchange.losses = []
            else:
                return

    async def _ask(self, attempt: Attempt, route: Route, envelope: Envelope, shaped: Shaped | None = None) -> None:
        """Ask, wait for the head of the answer, and pass the answer on."""
        exchange = self._exchange
        target, face = attempt.target, exchange.face
        if face is None:
            raise AssertionError("an attempt goes somewhere")
        side = self._switchboard.provider_side(face)
        is_same = shaped is None and side.name == self._inbound.client.name
        wire = self._word_request(target, route, envelope, shaped, side)
        forwarded = self._inbound.forwarded if side.name == self._inbound.client.name else ()
        if self._inbound.trace:
            forwarded = (*forwarded, *build_trace_headers(self._inbound, exchange, attempt))
        call = build_call(attempt, face, wire, forwarded, route.timeouts)
        if self._reserve is not None:
            self._reserve(exchange)
        if exchange.transcript is not None:
            exchange.transcript.begin_attempt(wire.body)
        answer = await self._transport.send(call)
        if exchange.transcript is not None:
            answer = exchange.transcript.listen(answer)
        exchange.tape = self._reporters.listen(answer, side, target, is_stream=envelope.stream)
        answer = exchange.tape or answer
        reshape = shaped.reshape if shaped is not None else None
        try:
            learn_limits(exchange, answer, self._clock)
            if not 200 <= answer.status < 300:
                body = await answer.read_all(MAX_ANSWER_BYTES)
                raise read_refusal(side, answer, body, self._clock)
            if not envelope.stream:
                await self._reply(answer, side, is_same, shaped)
            elif is_same and self._inbound.continuation is None:
                listener = side.open_listener(envelope, target.profile)
                await self._relay(answer, PassingRelay(listener, self._inbound.client), is_same)
            else:
                emitter = self._open_emitter(envelope, shaped)
                parser = side.open_parser() if reshape is None else ReshapingParser(side.open_parser(), reshape)
                passing, parser = let_pass(answer, parser, shaped)
                relay = TranslatingRelay(parser, emitter, build_identity(exchange, self._clock))
                await self._relay(passing, relay, is_same)
        finally:
            answer.close()

    def _word_request(
        self, target: Target, route: Route, envelope: Envelope, shaped: Shaped | None, side: ProviderSide
    ) -> WireRequest:
        """The request in the provider's words: the client's own bytes where they are that already."""
        losses, begun = self._exchange.losses, self._inbound.continuation
        if begun is not None and not begun.is_under_way:
            begun = None
        if shaped is None and begun is None and side.name == self._inbound.client.name:
            return side.patch_request(envelope, target.model, target.profile)
        request = shaped.request if shaped is not None else self._parsed(envelope)
        if begun is not None:
            request = begun.mark(request, target, side.name)
        wire = side.emit_request(request.for_model(target.model), target.profile, losses)
        if losses and (route.strict or self._inbound.strict):
            raise refuse_losses(losses, target.name)
        return wire

    def _open_emitter(self, envelope: Envelope, shaped: Shaped | None) -> StreamEmitter:
        request, continuation = self._parsed(envelope), self._inbound.continuation
        emitter = self._inbound.client.open_emitter(request, self._exchange.losses)
        if continuation is None:
            return emitter
        is_plain = shaped is None or (shaped.reshape is None and shaped.passage is None)
        return continuation.open(emitter, request, is_plain=is_plain)

    def settle_usage(self) -> None:
        """The answer is over: what its provider did not tell of its tokens is estimated."""
        tape, exchange = self._exchange.tape, self._exchange
        if tape is not None:
            is_answered = exchange.first_content is not None
            exchange.usage = tape.settle(exchange.usage, self._parsed_again, is_answered=is_answered)

    def _parsed_again(self) -> Request:
        inbound = self._inbound
        return self._parsed(inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream))

    def _parsed(self, envelope: Envelope) -> Request:
        if self._request is None:
            self._request = self._inbound.client.parse_request(envelope)
            if self._inbound.continuation is not None:
                self._request = self._inbound.continuation.extend(self._request)
        return self._request

    async def _reply(self, answer: Answer, side: ProviderSide, is_same: bool, shaped: Shaped | None) -> None:
        """A whole answer."""
        exchange, client = self._exchange, self._inbound.client
        body = await answer.read_all(MAX_ANSWER_BYTES)
        if is_same:
            glance = side.read_glance(body)
            exchange.usage, exchange.finish, exchange.response_id = glance.usage, glance.finish, glance.id
            content_type = b"application/json" if glance.is_json else answer.header(b"content-type") or UNKNOWN_TYPE
            reply = WireReply(200, body, content_type, select_answer_headers(answer.headers))
        else:
            response = identify(side.parse_response(body), build_identity(exchange, self._clock))
            exchange.usage = response.usage
            if shaped is not None:
                response = await finish_response(response, shaped)
                exchange.usage = response.usage
            if response.candidates:
                exchange.finish = response.candidates[0].finish
            if self._request is None:
                raise AssertionError("a translated answer belongs to a parsed request")
            reply = client.emit_response(response, self._request, exchange.losses)
        exchange.first_content = self._clock.monotonic()
        exchange.bytes_out = len(reply.body)
        await self._sink.send_reply(reply, build_answer_headers(exchange))

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
                        self._let_pass(answer, relay)
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
            await self._break_off(error, relay)
        finally:
            self._exchange.usage = relay.usage or self._exchange.usage
            self._exchange.finish = relay.finish_reason
            self._exchange.response_id = relay.response_id

    async def _break_off(self, error: DragomanError, relay: Relay) -> None:
        """A stream has failed amid the answer: somebody else goes on, or the client is told."""
        self._exchange.error = error
        worded, continuation = word_for_client(error, self._exchange), self._inbound.continuation
        if continuation is not None and continuation.may_go_on(error):
            continuation.break_off(worded, relay.usage)
            return
        await self._sink.send_chunk(relay.fail(worded))
        await self._sink.end_stream()

    def _let_pass(self, answer: Answer, relay: Relay) -> None:
        """What comes from now on goes to the client out of the socket's callback, as long as the client takes it: to wake
        this task for each event would cost as much as all the rest."""
        exchange, outlet = self._exchange, self._sink.find_outlet()
        if outlet is None:
            return

        def pass_on(chunk: bytes) -> bool:
            if not outlet.is_free:
                return False
            passed = relay.feed(chunk)
            if relay.made_progress:
                relay.made_progress = False
                answer.mark_progress()
            if passed:
                exchange.bytes_out += len(passed)
                outlet.write(passed)
            return True

        answer.pass_to(pass_on)

    async def _commit(self, held: list[bytes], passed: bytes, kept: HeaderPairs) -> bytes:
        """The point of no return: the client gets the status line and everything held so far."""
        self._exchange.first_content = self._clock.monotonic()
        if not self._sink.is_started:
            headers = build_answer_headers(self._exchange) + kept
            await self._sink.start_stream(self._inbound.client.stream_content_type, headers)
        if held:
            passed = b"".join([*held, passed])
            held.clear()
        return passed
