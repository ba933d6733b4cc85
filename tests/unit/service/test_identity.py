"""What a provider does not say of its answer, the gateway does."""

from __future__ import annotations

from dragoman.clock import FixedClock
from dragoman.model.embedding import EmbeddingResponse
from dragoman.model.response import Response
from dragoman.model.stream import StreamStart
from dragoman.routing.target import Attempt, Target
from dragoman.service.exchange import Exchange
from dragoman.service.identity import Identity, build_identity, identify
from tests.unit.service.desk import make_provider

IDENTITY = Identity("ex_1", "m", 7)


def test_what_is_missing_is_put_there() -> None:
    assert identify(StreamStart("", ""), IDENTITY) == StreamStart("ex_1", "m", 7)
    assert identify(Response("", "", []), IDENTITY) == Response("ex_1", "m", [], created_unix=7)


def test_what_a_provider_says_stays() -> None:
    start = StreamStart("i", "x", 0)
    assert identify(start, IDENTITY) is start
    assert identify(StreamStart("i", ""), IDENTITY) == StreamStart("i", "m", 7)
    assert identify(StreamStart("", "x", 3), IDENTITY) == StreamStart("ex_1", "x", 3)


def test_the_exchange_and_its_attempt_say_who_it_is() -> None:
    exchange = Exchange("ex_1", "openai_chat", "ann", 0.0, model="public")
    assert build_identity(exchange, FixedClock(unix=7.9)) == Identity("ex_1", "public", 7)
    exchange.attempt = Attempt(Target(make_provider("a"), "m"), make_provider("a").credentials[0], 1)
    assert build_identity(exchange, FixedClock(unix=7.9)) == IDENTITY


def test_vectors_stay_vectors() -> None:
    assert identify(EmbeddingResponse("", "", [], vectors=[[1.0]]), IDENTITY) == EmbeddingResponse(
        "ex_1", "m", [], created_unix=7, vectors=[[1.0]]
    )
