"""An answer's head says which exchange it was, who served, and each loss once."""

from __future__ import annotations

from dragoman.model.loss import Loss
from dragoman.routing.target import Attempt
from dragoman.service.exchange import Exchange
from dragoman.service.exchange_headers import build_answer_headers
from tests.unit.service.desk import make_provider, make_switchboard

TARGET = make_switchboard(make_provider("a")).resolver.resolve("r").targets[0]


def make_exchange() -> Exchange:
    return Exchange("ex_1", "openai_chat", "p", 0.0)


def test_before_anybody_was_asked_there_is_only_the_exchange() -> None:
    assert build_answer_headers(make_exchange()) == ((b"x-dragoman-exchange", b"ex_1"),)


def test_who_serves_is_named_in_what_a_header_may_hold() -> None:
    exchange = make_exchange()
    exchange.attempt = Attempt(TARGET, TARGET.provider.credentials[0], 1)
    assert dict(build_answer_headers(exchange))[b"x-dragoman-target"] == b"a/m"


def test_a_loss_is_told_once_however_often_it_happened() -> None:
    exchange = make_exchange()
    exchange.losses = [Loss("dropped", "seed", "No word for it."), Loss("dropped", "seed", "No word for it.")]
    assert dict(build_answer_headers(exchange))[b"x-dragoman-losses"].count(b"seed") == 1
