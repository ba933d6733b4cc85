"""What the gateway says of an exchange in heads: to its client, and to the provider of an attempt."""

from __future__ import annotations

from functools import lru_cache

from dragoman.model.loss import Loss
from dragoman.routing.target import Attempt, HeaderPairs
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.losses import emit_header_text, emit_losses_header
from dragoman.telemetry.trace_context import TRACEPARENT, TRACESTATE, continue_trace


def build_answer_headers(exchange: Exchange) -> HeaderPairs:
    """Which exchange it is, who served and what was lost, as far as that is known by now."""
    headers: HeaderPairs = ((b"x-dragoman-exchange", exchange.id.encode()),)
    if exchange.attempt is not None:
        target = exchange.attempt.target
        headers += (_name_target(target.provider.name, target.model),)
    if exchange.losses:
        headers += ((b"x-dragoman-losses", emit_losses_header(_distinct(exchange.losses))),)
    return headers


def build_trace_headers(inbound: Inbound, exchange: Exchange, attempt: Attempt) -> HeaderPairs:
    """What the provider is told of the trace that the client is in."""
    parent = continue_trace(inbound.trace, exchange.id, attempt.number)
    if not parent:
        return ()
    state = ((TRACESTATE, inbound.trace_state),) if inbound.trace_state else ()
    return ((TRACEPARENT, parent), *state)


@lru_cache(4096)
def _name_target(provider: str, model: str) -> tuple[bytes, bytes]:
    return b"x-dragoman-target", emit_header_text(f"{provider}/{model}")


def _distinct(losses: list[Loss]) -> list[Loss]:
    return list(dict.fromkeys(losses))
