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
from dragoman.routing.target import Attempt, HeaderPairs, Route, Target
from dragoman.service.answer_head import Positions, note_head, select_kept
from dragoman.service.drive import drive_attempts
from dragoman.service.estimating import Reporters, Tape
from dragoman.service.exchange import Exchange, Inbound, ReplySink, read_session
from dragoman.service.exchange_headers import build_answer_headers, build_trace_headers
from dragoman.service.identity import build_identity, identify
from dragoman.service.learning import read_refusal
from dragoman.service.losses import refuse_losses
from dragoman.service.outward import word_for_client
from dragoman.service.relay import PassingRelay, Relay, TranslatingRelay
from dragoman.service.reshaping.asking import CALLER
from dragoman.service.reshaping.passage import finish_response, let_pass
from dragoman.service.reshaping.signs import may_concern
from dragoman.service.shaping import ReshapingParser, Shaped, shape_request
from dragoman.service.switchboard import Switchboard, Switchboards
from dragoman.service.way import Way, cap_total, find_way, note_minter
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
        self.settle = settle
        self._ids = IdSource()

    async def generate(self, inbound: Inbound, sink: ReplySink) -> None:
        """Answer one request into `sink`; raises nothing but cancellation and the sink's own failures."""
        caller, client, clock, attend = inbound.caller, inbound.client, self.clock, self.attend
        board = self.switchboards()
        exchange = Exchange(
            self._ids.make("ex_"),
            client.name,
            inbound.principal,
            clock.monotonic(),
            caller,
            len(inbound.body),
            read_session(inbound.forwarded) if inbound.forwarded else "",
            inbound.trace,
        )
        if attend is not None:
            sink = attend(exchange, inbound.body, sink)
        if caller.scope is not None:
            board = caller.scope.narrow_board(board)
        talk = _Conversation(self, board, inbound, exchange, sink)
        try:
            envelope = client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
            exchange.model, exchange.stream = envelope.model, envelope.stream
            talk.way = way = find_way(board, inbound, envelope, exchange.started, talk.parse)
            route, wish = way.route, way.wish
            if envelope.stream or route.on_disconnect == "finish":
                sink.announce(is_stream=envelope.stream, survives_disconnect=route.on_disconnect == "finish")
            if caller.accounts and self.admit is not None:
                exchange.tokens = wish.tokens
                waiting = self.admit(exchange, way.envelope, route, talk.parse)
                if waiting is not None:
                    await waiting
            is_plain = not route.is_shaped and inbound.trail is None and inbound.continuation is None
            await drive_attempts(board, route, exchange, clock, talk.ask if is_plain else talk.run, wish=wish)
            if way.is_sticky and exchange.error is None:
                note_minter(board, inbound, exchange, wish.session)
        except DragomanError as error:
            exchange.error = error
            await _tell(error, inbound, exchange, sink)
        except asyncio.CancelledError:
            exchange.is_cancelled = True
            raise
        finally:
            exchange.ended = clock.monotonic()
            if exchange.tape is not None:
                talk.settle_usage(exchange.tape)
            self.settle(exchange)


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


class _Conversation(msgspec.Struct, eq=False):
    """One exchange while it lasts: the state that its attempts share."""

    service: GenerateService
    switchboard: Switchboard
    inbound: Inbound
    exchange: Exchange
    sink: ReplySink
    way: Way | None = None
    request: Request | None = None

    def run(self, attempt: Attempt) -> Awaitable[None]:
        """One attempt, with all that may be around it."""
        way, inbound = self.way, self.inbound
        if way is None:
            raise AssertionError("an attempt is on some way")
        if inbound.trail is not None:
            inbound.trail.append(attempt)
        if inbound.continuation is not None:
            inbound.continuation.attempts.append(attempt)
        shapings = attempt.target.shapings
        if shapings and may_concern(shapings, inbound.body):
            return self._ask_shaped(attempt, way.envelope)
        return self.ask(attempt)

    async def _ask_shaped(self, attempt: Attempt, envelope: Envelope) -> None:
        """Ask with all that is done for this target; what asks models by itself finds out for whom."""
        before = CALLER.set(self.inbound)
        try:
            await self._ask_until_met(attempt, envelope)
        finally:
            CALLER.reset(before)

    async def _ask_until_met(self, attempt: Attempt, envelope: Envelope) -> None:
        """Ask; once more, if the answer is not what was demanded and nobody has seen it."""
        exchange, request = self.exchange, self.parse(envelope)
        for is_last in (False, True):
            shaped = await shape_request(request, attempt.target, self.switchboard.shapings, exchange.losses)
            if is_last:
                shaped = shaped.with_spent(exchange.usage)
            try:
                await self.ask(attempt, shaped if shaped.differs_from(self.request) else None)
            except UnmetError as unmet:
                if is_last or exchange.first_content is not None:
                    raise
                request = unmet.correction
                exchange.losses = []
                exchange.tape = None
            else:
                return

    async def ask(self, attempt: Attempt, shaped: Shaped | None = None) -> None:
        """Ask, wait for the head of the answer, and pass the answer on."""
        service, inbound, exchange, way = self.service, self.inbound, self.exchange, self.way
        target, face, begun = attempt.target, exchange.face, inbound.continuation
        if way is None or face is None:
            raise AssertionError("an attempt is on some way and goes somewhere")
        envelope, dialect = way.envelope, self.switchboard.dialects[face.dialect]
        side = dialect.provider or self.switchboard.provider_side(face)
        is_own = dialect.name == exchange.client_dialect
        is_same = is_own and shaped is None and (begun is None or not begun.is_under_way)
        wire = (
            side.patch_request(envelope, target.model, target.profile)
            if is_same
            else self._emit_request(target, way, shaped, side)
        )
        forwarded = inbound.forwarded if is_own else ()
        if inbound.trace:
            forwarded = (*forwarded, *build_trace_headers(inbound, exchange, attempt))
        route = way.route if attempt.number == 1 else cap_total(way.route, attempt, way.wish, service.clock.monotonic())
        call = build_call(attempt, face, wire, forwarded, route.timeouts)
        reserve, transcript = service.reserve, exchange.transcript
        if reserve is not None:
            reserve(exchange)
        if transcript is not None:
            transcript.begin_attempt(wire.body)
        answer = await service.transport.send(call)
        if transcript is not None:
            answer = transcript.listen(answer)
        tape = service.reporters.listen(answer, side, target, is_stream=envelope.stream)
        if tape is not None:
            exchange.tape = answer = tape
        try:
            kept = note_head(exchange, answer, service.clock)
            if not 200 <= answer.status < 300:
                raise await self._read_refusal(side, answer)
            if not envelope.stream:
                body = await answer.read_all(MAX_ANSWER_BYTES)
                reply = self._pass(answer, kept, side, body) if is_same else await self._translate(side, body, shaped)
                exchange.first_content = service.clock.monotonic()
                exchange.bytes_out = len(reply.body)
                await self.sink.send_reply(reply, build_answer_headers(exchange))
            elif is_same and begun is None:
                listener = side.open_listener(envelope, target.profile)
                await self._relay(answer, PassingRelay(listener, inbound.client), select_kept(answer, kept))
            else:
                passing, relay = self._open_translation(envelope, answer, side, shaped)
                await self._relay(passing, relay, select_kept(answer, kept) if is_same else ())
        finally:
            answer.close()

    def _emit_request(self, target: Target, way: Way, shaped: Shaped | None, side: ProviderSide) -> WireRequest:
        """The request in the provider's words."""
        losses, begun = self.exchange.losses, self.inbound.continuation
        request = shaped.request if shaped is not None else self.parse(way.envelope)
        if begun is not None and begun.is_under_way:
            request = begun.mark(request, target, side.name)
        wire = side.emit_request(request.for_model(target.model), target.profile, losses)
        if losses and (way.route.strict or self.inbound.strict):
            raise refuse_losses(losses, target.name)
        return wire

    async def _read_refusal(self, side: ProviderSide, answer: Answer) -> DragomanError:
        body = await answer.read_all(MAX_ANSWER_BYTES)
        return read_refusal(side, answer, body, self.service.clock)

    def _open_translation(
        self, envelope: Envelope, answer: Answer, side: ProviderSide, shaped: Shaped | None
    ) -> tuple[Answer, Relay]:
        """What a stream is read from, and what makes the client's of it."""
        emitter = self._open_emitter(envelope, shaped)
        reshape = shaped.reshape if shaped is not None else None
        parser = side.open_parser() if reshape is None else ReshapingParser(side.open_parser(), reshape)
        passing, parser = let_pass(answer, parser, shaped)
        return passing, TranslatingRelay(parser, emitter, build_identity(self.exchange, self.service.clock))

    def _open_emitter(self, envelope: Envelope, shaped: Shaped | None) -> StreamEmitter:
        request, continuation = self.parse(envelope), self.inbound.continuation
        emitter = self.inbound.client.open_emitter(request, self.exchange.losses)
        if continuation is None:
            return emitter
        is_plain = shaped is None or (shaped.reshape is None and shaped.passage is None)
        return continuation.open(emitter, request, is_plain=is_plain)

    def settle_usage(self, tape: Tape) -> None:
        """The answer is over: what its provider did not tell of its tokens is estimated."""
        exchange = self.exchange
        is_answered = exchange.first_content is not None
        exchange.usage = tape.settle(exchange.usage, self._parse_again, is_answered=is_answered)

    def _parse_again(self) -> Request:
        inbound = self.inbound
        return self.parse(inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream))

    def parse(self, envelope: Envelope) -> Request:
        if self.request is None:
            self.request = self.inbound.client.parse_request(envelope)
            if self.inbound.continuation is not None:
                self.request = self.inbound.continuation.extend(self.request)
        return self.request

    def _pass(self, answer: Answer, kept: Positions, side: ProviderSide, body: bytes) -> WireReply:
        """A whole answer as it came."""
        exchange = self.exchange
        glance = side.read_glance(body)
        exchange.usage = glance.usage
        exchange.finish = glance.finish
        exchange.response_id = glance.id
        content_type = b"application/json" if glance.is_json else answer.header(b"content-type") or UNKNOWN_TYPE
        return WireReply(200, body, content_type, select_kept(answer, kept) if kept else ())

    async def _translate(self, side: ProviderSide, body: bytes, shaped: Shaped | None) -> WireReply:
        """A whole answer in the client's words."""
        exchange = self.exchange
        response = side.parse_response(body)
        if response.created_unix is None or not response.id or not response.model:
            response = identify(response, build_identity(exchange, self.service.clock))
        exchange.usage = response.usage
        if shaped is not None:
            response = await finish_response(response, shaped)
            exchange.usage = response.usage
        if response.candidates:
            exchange.finish = response.candidates[0].finish
        if self.request is None:
            raise AssertionError("a translated answer belongs to a parsed request")
        return self.inbound.client.emit_response(response, self.request, exchange.losses)

    async def _relay(self, answer: Answer, relay: Relay, kept: HeaderPairs) -> None:
        """A stream. Bytes are held until one of them means something; from then on they are passed as they come."""
        held: list[bytes] = []
        try:
            while chunk := await answer.read_chunk():
                passed = relay.feed(chunk)
                if relay.made_progress:
                    relay.made_progress = False
                    answer.mark_progress()
                    if held or self.exchange.first_content is None:
                        passed = await self._commit(held, passed, kept)
                        self._let_pass(answer, relay)
                elif self.exchange.first_content is None:
                    held.append(passed)
                    continue
                if passed:
                    self.exchange.bytes_out += len(passed)
                    await self.sink.send_chunk(passed)
            passed = relay.finish()
            if self.exchange.first_content is None:
                passed = await self._commit(held, passed, kept)
            if passed:
                self.exchange.bytes_out += len(passed)
                await self.sink.send_chunk(passed)
            await self.sink.end_stream()
        except DragomanError as error:
            if self.exchange.first_content is None:
                raise
            await self._break_off(error, relay)
        finally:
            self.exchange.usage = relay.usage or self.exchange.usage
            self.exchange.finish = relay.finish_reason
            self.exchange.response_id = relay.response_id

    async def _break_off(self, error: DragomanError, relay: Relay) -> None:
        """A stream has failed amid the answer: somebody else goes on, or the client is told."""
        self.exchange.error = error
        worded, continuation = word_for_client(error, self.exchange), self.inbound.continuation
        if continuation is not None and continuation.may_go_on(error):
            continuation.break_off(worded, relay.usage)
            return
        await self.sink.send_chunk(relay.fail(worded))
        await self.sink.end_stream()

    def _let_pass(self, answer: Answer, relay: Relay) -> None:
        """What comes from now on goes to the client out of the socket's callback, as long as the client takes it: to wake
        this task for each event would cost as much as all the rest."""
        exchange, outlet = self.exchange, self.sink.find_outlet()
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
        self.exchange.first_content = self.service.clock.monotonic()
        if not self.sink.is_started:
            headers = build_answer_headers(self.exchange) + kept
            await self.sink.start_stream(self.inbound.client.stream_content_type, headers)
        if held:
            passed = b"".join([*held, passed])
            held.clear()
        return passed
