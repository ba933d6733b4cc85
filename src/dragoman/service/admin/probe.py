"""A small live call that shows whether a key and a model work: for a key of a pool, and for one that is only tried out.

It goes the way of every request, from parsing to metering, over a switchboard of its own that has nobody else.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.clock import Clock
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Provider, Target
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.generate import GenerateService, Note
from dragoman.service.outward import list_shown
from dragoman.service.sinks import GatheringSink
from dragoman.service.switchboard import Patience, Switchboard
from dragoman.telemetry.echoes import quote_words
from dragoman.upstream.transport import Transport
from dragoman.wire.json_document import decode_value, encode_json

QUESTION = "Say hello in one short sentence."
MAX_TOKENS = 64
MAX_TEXT = 200
DIALECT = "anthropic_messages"  # it demands a limit, which every provider is then told in its own way
PRINCIPAL = "probe"

BuildTarget = Callable[[Provider, str], Target]


class Probe(msgspec.Struct, frozen=True):
    """How it went. `text` is what the model said, `message` what the provider or the gateway said against it."""

    ok: bool
    target: str
    status: int
    milliseconds: float
    message: str = ""
    text: str = ""
    exchange: str = ""


class Prober:
    """Makes the calls. They are settled as every other exchange is, since they cost money too."""

    def __init__(self, transport: Transport, clock: Clock, settle: Note, reserve: Note | None = None) -> None:
        self._transport = transport
        self._clock = clock
        self._settle = settle
        self._reserve = reserve

    async def probe(self, provider: Provider, model: str, build_target: BuildTarget = Target) -> Probe:
        """Ask a model of a provider, with whatever keys that one has."""
        pools = {provider.name: CredentialPool(provider.name, provider.credentials)}
        board = Switchboard(Resolver((), (provider,), build_target), pools, DIALECTS, Patience(1, 0.0, affinity=False))
        settled: list[Exchange] = []

        def settle(exchange: Exchange) -> None:
            settled.append(exchange)
            self._settle(exchange)

        service = GenerateService(self._transport, lambda: board, self._clock, settle, self._reserve)
        sink = GatheringSink()
        await service.generate(_build_inbound(provider, model), sink)
        (exchange,) = settled
        status, body = (0, b"") if sink.reply is None else (sink.reply.status, sink.reply.body)
        error = find_failure(exchange)
        return Probe(
            ok=error is None,
            target=f"{provider.name}/{model}",
            status=error.status if error is not None else status,
            milliseconds=round((exchange.ended - exchange.started) * 1000, 1),
            message=explain_failure(error, exchange) if error is not None else "",
            text=read_text(body) if error is None else "",
            exchange=exchange.id,
        )


def find_failure(exchange: Exchange) -> DragomanError | None:
    """What went wrong, as the provider said it: clients are told something milder of refused keys."""
    if exchange.error is None:
        return None
    failures = [outcome.error for outcome in exchange.outcomes if outcome.error is not None]
    return failures[-1] if failures else exchange.error


def explain_failure(error: DragomanError, exchange: Exchange) -> str:
    """A sentence of ours, and the provider's own without the key that it was shown."""
    said = error.reply.said if error.reply is not None else ""
    if not said or exchange.attempt is None:
        return str(error)
    return f"{error} Provider says: {quote_words(said, list_shown(exchange.attempt))}"


def _build_inbound(provider: Provider, model: str) -> Inbound:
    client = DIALECTS[DIALECT].client
    if client is None:
        raise AssertionError("the dialect has a client side")
    asked = {
        "model": f"{provider.name}/{model}",
        "max_tokens": MAX_TOKENS,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    return Inbound(client, encode_json(asked), principal=PRINCIPAL)


def read_text(body: bytes) -> str:
    """What the model said, in one line."""
    answer = decode_value(body)
    parts = answer.get("content") if isinstance(answer, dict) else None
    texts = [part.get("text", "") for part in parts or () if isinstance(part, dict) and part.get("type") == "text"]
    return " ".join(" ".join(texts).split())[:MAX_TEXT]
