"""What a client is told of an answer whose provider does not say it: its id, its model and its date."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from dragoman.clock import Clock
from dragoman.model.response import Response
from dragoman.model.stream import StreamStart
from dragoman.service.exchange import Exchange

Answer = TypeVar("Answer", Response, StreamStart)


class Identity(msgspec.Struct, frozen=True, gc=False):
    """The exchange's own id, the model that was asked, and now."""

    id: str
    model: str
    unix: int


def build_identity(exchange: Exchange, clock: Clock) -> Identity:
    """What there is to say of the answer to the current attempt."""
    model = exchange.attempt.target.model if exchange.attempt is not None else exchange.model
    return Identity(exchange.id, model, int(clock.unix()))


def identify(answer: Answer, identity: Identity) -> Answer:
    """The answer, or the beginning of one, with all three."""
    if answer.id and answer.model and answer.created_unix is not None:
        return answer
    return msgspec.structs.replace(
        answer,
        id=answer.id or identity.id,
        model=answer.model or identity.model,
        created_unix=identity.unix if answer.created_unix is None else answer.created_unix,
    )
