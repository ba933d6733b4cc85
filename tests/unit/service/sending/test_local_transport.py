"""Waiting for a worker, and giving its slot back, over a transport from a script."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError, Kind
from dragoman.service.sending.local_transport import LocalTransport
from dragoman.upstream.failures import cut_off
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from dragoman.upstream.transport import Origin, OutgoingRequest
from tests.tiny_models import make_thinker, running_engine

BODY = b'{"messages":[{"role":"user","content":"hi"}]}'


def ask(engine: Engine, body: bytes = BODY, name: str = "thinker") -> OutgoingRequest:
    origin = Origin("http", "local", 80, engine.place.socket_for(name))
    return OutgoingRequest(origin, b"POST", b"/v1/chat/completions", [], body)


def taken(engine: Engine) -> int:
    return engine._stations["thinker"].line.taken


def run_with(scripts: Scripts, work: Callable[[LocalTransport, ScriptedTransport, Engine], Awaitable[None]]) -> None:
    async def run() -> None:
        async with running_engine(make_thinker()) as engine:
            inner = ScriptedTransport(scripts)
            await work(LocalTransport(inner, engine), inner, engine)

    asyncio.run(run())


def test_a_slot_is_held_until_the_end_of_the_answer_is_read() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        answer = await transport.send(ask(engine))
        assert (answer.status, answer.header(b"x-a"), taken(engine)) == (200, b"1", 1)
        assert (answer.headers, answer.connect_seconds) == ([(b"x-a", b"1")], 0.0)
        answer.mark_progress()
        assert await answer.read_chunk() == b"one"
        assert taken(engine) == 1
        assert await answer.read_chunk() == b""
        assert taken(engine) == 0
        answer.close()
        assert taken(engine) == 0
        assert json.loads(inner.requests[0].body)["max_tokens"] == engine.settings.max_tokens

    run_with([Script(headers=[(b"x-a", b"1")], chunks=(b"one",))], work)


def test_a_whole_answer_gives_the_slot_back() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        answer = await transport.send(ask(engine))
        assert await answer.read_all(100) == b"one"
        assert taken(engine) == 0

    run_with([Script(chunks=(b"one",))], work)


def test_a_schema_that_the_model_cannot_be_bound_to_is_left_to_others() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        with pytest.raises(DragomanError, match="cannot be bound to this JSON schema") as caught:
            await transport.send(ask(engine))
        assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "response_format")
        assert taken(engine) == 0

    said = b'{"error":{"message":"Failed to initialize samplers: failed to parse grammar"}}'
    run_with([Script(status=400, chunks=(said[:30], said[30:]))], work)


@pytest.mark.parametrize("is_whole", [True, False])
def test_another_refusal_goes_on_as_it_came(*, is_whole: bool) -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        answer = await transport.send(ask(engine))
        assert answer.status == 400
        assert await (answer.read_all(100) if is_whole else answer.read_chunk()) == b"too long"
        if not is_whole:
            assert await answer.read_chunk() == b""
        assert taken(engine) == 0

    run_with([Script(status=400, chunks=(b"too ", b"long"))], work)


def test_a_client_that_leaves_gives_the_slot_back() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        answer = await transport.send(ask(engine))
        assert "LeasedAnswer" in repr(answer)
        answer.close()
        assert taken(engine) == 0

    run_with([Script(chunks=(b"one",))], work)


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_worker_that_dies_while_it_answers_is_replaced_for_the_next_one(*, is_whole: bool) -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        answer = await transport.send(ask(engine))
        worker = engine._stations["thinker"].worker
        assert worker is not None
        os.kill(worker.pid, signal.SIGSEGV)
        with pytest.raises(DragomanError, match=r"broke|cut|closed"):
            await (answer.read_all(9) if is_whole else answer.read_chunk())
        assert not worker.is_alive
        assert taken(engine) == 0
        await (await transport.send(ask(engine))).read_all(9)

    run_with([Script(chunks=(cut_off("body"),)), Script()], work)


def test_a_failure_before_the_answer_gives_the_slot_back() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        with pytest.raises(DragomanError):
            await transport.send(ask(engine))
        assert taken(engine) == 0

    run_with([cut_off("first_byte")], work)


def test_giving_up_before_the_answer_gives_the_slot_back() -> None:
    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        await engine.prepare("thinker")
        task = asyncio.get_running_loop().create_task(transport.send(ask(engine)))
        while not inner.requests:
            await asyncio.sleep(0)
        assert taken(engine) == 1
        task.cancel()
        await asyncio.wait([task])
        assert taken(engine) == 0

    run_with([Script(before_head=(asyncio.Event(),))], work)


def test_a_wish_that_cannot_be_granted_never_reaches_the_worker() -> None:
    body = b'{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x.test/"}}]}]}'

    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        with pytest.raises(DragomanError) as caught:
            await transport.send(ask(engine, body))
        assert caught.value.kind is Kind.UNSUPPORTED
        assert inner.requests == []
        assert taken(engine) == 0

    run_with([], work)


def test_everything_else_passes_straight_through() -> None:
    elsewhere = [Origin("https", "x.test", 443), Origin("http", "docker", 80, "/run/other.sock")]

    async def work(transport: LocalTransport, inner: ScriptedTransport, engine: Engine) -> None:
        for origin in elsewhere:
            request = OutgoingRequest(origin, b"POST", b"/", [], b"not json")
            assert await (await transport.send(request)).read_all(9) == b"x"
            assert inner.requests[-1] is request
        assert engine._stations["thinker"].worker is None
        await transport.aclose()
        with pytest.raises(DragomanError):
            await transport.send(OutgoingRequest(elsewhere[0], b"POST", b"/", []))

    run_with([Script(chunks=(b"x",)), Script(chunks=(b"x",)), Script()], work)
