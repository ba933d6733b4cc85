"""The gateway asks a route of its own, and the caller pays."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.exchange import Exchange, Inbound, ReplySink
from dragoman.service.generate import GenerateService
from dragoman.service.principals import Principal
from dragoman.service.reshaping.asking import CALLER, Asking, Question
from dragoman.service.scope import Scope
from dragoman.service.shaping import Shaped
from dragoman.upstream.scripted import Script, ScriptedTransport
from tests.unit.service.desk import (
    CHAT_ANSWER,
    CHAT_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    run,
)

QUESTION = Question("r", "Be brief.", "What was said.", 50, 5.0)


def build(*scripts: Script) -> tuple[Asking, ScriptedTransport, list[Exchange]]:
    """Somebody who asks the route `r`, what it sends, and the exchanges that are settled."""
    transport = ScriptedTransport(list(scripts))
    board = make_switchboard(make_provider("a"))
    settled: list[Exchange] = []
    asking = Asking(DIALECTS["openai_chat"])
    asking.generate = GenerateService(transport, lambda: board, FixedClock(), settled.append).generate
    return asking, transport, settled


def test_the_answers_text_comes_back() -> None:
    asking, transport, _ = build(Script(chunks=(CHAT_ANSWER,)))
    assert run(asking.ask(QUESTION)) == "Hello!"
    body = json.loads(transport.requests[0].body)
    assert [message["content"] for message in body["messages"]] == ["Be brief.", "What was said."]
    assert body["max_completion_tokens"] == 50


def test_images_are_shown_before_the_text() -> None:
    asking, transport, _ = build(Script(chunks=(CHAT_ANSWER,)))
    run(asking.ask(Question("r", "Be brief.", "What?", 50, 5.0, images=("https://a.example/b",))))
    shown = json.loads(transport.requests[0].body)["messages"][1]["content"]
    assert [part["type"] for part in shown] == ["image_url", "text"]
    assert shown[0]["image_url"] == {"url": "https://a.example/b"}


def test_it_is_an_exchange_of_its_own_under_the_callers_name() -> None:
    asking, _, settled = build(Script(chunks=(CHAT_ANSWER,)))

    async def ask() -> None:
        narrow = Principal("ann", team="blue", scope=Scope([("other",)], []))
        CALLER.set(Inbound(client_side("anthropic_messages"), b"{}", principal="ann", caller=narrow))
        await asking.ask(QUESTION)

    run(ask())
    assert [(exchange.principal, exchange.model) for exchange in settled] == [("ann", "r")]
    assert settled[0].caller == Principal("ann", team="blue")
    assert settled[0].usage is not None


def test_whoever_shapes_a_request_knows_whose_it_is() -> None:
    seen: list[str] = []

    class Looking:
        async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
            caller = CALLER.get()
            seen.append(caller.principal if caller is not None else "nobody")
            return Shaped(request)

    provider = make_provider("a")
    route = Route("r", (Target(provider, "m", shapings=("looking",)),))
    board = msgspec.structs.replace(
        make_switchboard(provider), resolver=Resolver([route], [provider], Target), shapings={"looking": Looking()}
    )
    transport = ScriptedTransport([Script(chunks=(CHAT_ANSWER,))])
    service = GenerateService(transport, lambda: board, FixedClock(), lambda exchange: None)
    run(service.generate(Inbound(client_side("openai_chat"), CHAT_REQUEST, principal="ann"), RecordingSink()))
    assert seen == ["ann"]


def test_a_route_that_fails_is_an_error() -> None:
    asking, _, settled = build(error_script(400, b'{"error":{"message":"no"}}'))
    with pytest.raises(DragomanError) as caught:
        run(asking.ask(QUESTION))
    assert caught.value.kind is Kind.UNAVAILABLE
    assert len(settled) == 1
    assert not asking.is_inner


def test_a_route_that_takes_too_long_is_an_error() -> None:
    asking = Asking(DIALECTS["openai_chat"])

    async def never(inbound: Inbound, sink: ReplySink) -> None:
        await asyncio.Event().wait()

    asking.generate = never
    with pytest.raises(DragomanError) as caught:
        run(asking.ask(Question("r", "", "", 1, 0.01)))
    assert caught.value.kind is Kind.TIMEOUT


def test_whoever_is_asked_can_tell_that_the_gateway_asks() -> None:
    asking = Asking(DIALECTS["openai_chat"])
    seen: list[bool] = []

    async def look(inbound: Inbound, sink: ReplySink) -> None:
        seen.append(asking.is_inner)

    asking.generate = look

    async def ask() -> None:
        with pytest.raises(DragomanError):
            await asking.ask(QUESTION)
        seen.append(asking.is_inner)

    run(ask())
    assert seen == [True, False]


def test_asking_before_there_is_anybody_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        run(Asking(DIALECTS["openai_chat"]).ask(QUESTION))
