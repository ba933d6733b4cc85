"""Events pass where bytes are waited for, and the relay finds them ready."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.service.reshaping.passage import PassingAnswer, finish_response, let_pass, pass_response
from dragoman.service.shaping import Shaped
from dragoman.upstream.scripted import Script, ScriptedAnswer

CHUNK = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"Oh"}}]}\n\n'
END = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


class Louder:
    """A passage that shouts."""

    def __init__(self) -> None:
        self.is_finished = False

    async def pass_events(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        await asyncio.sleep(0)
        return [s.TextDelta(one.part, one.text.upper()) if isinstance(one, s.TextDelta) else one for one in events]

    def finish(self) -> None:
        self.is_finished = True


def open_answer(*chunks: bytes, dialect: str = "openai_chat") -> tuple[PassingAnswer, Louder]:
    side = DIALECTS[dialect].provider
    assert side is not None
    louder = Louder()
    script = Script(chunks=chunks, headers=[(b"a", b"b")])
    return PassingAnswer(ScriptedAnswer(script), side.open_parser(), louder), louder


def test_events_lie_ready_when_their_bytes_have_been_read() -> None:
    answer, louder = open_answer(CHUNK, END)
    events: list[s.StreamEvent] = []

    async def read() -> None:
        while chunk := await answer.read_chunk():
            events.extend(answer.ready.feed(chunk))
        events.extend(answer.ready.finish())
        assert await answer.read_chunk() == b""
        assert answer.ready.finish() == []

    asyncio.run(read())
    assert [one.text for one in events if isinstance(one, s.TextDelta)] == ["OH"]
    assert [type(one) for one in events].count(s.StreamEnd) == 1
    assert louder.is_finished


def test_what_only_the_end_of_the_bytes_brings_passes_too() -> None:
    chunk = b'data: {"candidates":[{"content":{"parts":[{"text":"Oh"}]},"finishReason":"STOP","index":0}]}\r\n\r\n'
    answer, louder = open_answer(chunk, dialect="gemini_generate")

    async def read() -> list[s.StreamEvent]:
        while await answer.read_chunk():
            pass
        return answer.ready.finish()

    assert isinstance(asyncio.run(read())[-1], s.StreamEnd)
    assert louder.is_finished


def test_a_stream_that_is_cut_is_an_error_and_no_end() -> None:
    answer, louder = open_answer(CHUNK)

    async def read() -> None:
        while await answer.read_chunk():
            pass

    with pytest.raises(DragomanError):
        asyncio.run(read())
    assert not louder.is_finished


def test_everything_else_is_as_it_was() -> None:
    answer, _ = open_answer(b"ab", b"c")
    assert (answer.status, answer.headers, answer.header(b"a"), answer.connect_seconds) == (
        200,
        [(b"a", b"b")],
        b"b",
        0.0,
    )
    answer.mark_progress()
    assert asyncio.run(answer.read_all(9)) == b"abc"
    answer.close()


def test_a_whole_answer_passes_like_a_stream() -> None:
    response = Response("1", "m", [Candidate([Text("Oh")], Finish("stop"))], Usage(output=1), 7)
    louder = Louder()
    passed = asyncio.run(pass_response(response, louder))
    assert passed == Response("1", "m", [Candidate([Text("OH")], Finish("stop"))], Usage(output=1), 7)
    assert louder.is_finished


class Doubling:
    """A reshape that says everything twice."""

    def feed(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        return [s.TextDelta(one.part, one.text * 2) if isinstance(one, s.TextDelta) else one for one in events]

    def finish(self) -> list[s.StreamEvent]:
        return []


def test_without_a_passage_a_stream_is_left_as_it_is() -> None:
    answer, parser = ScriptedAnswer(Script()), open_answer()[0].ready
    for shaped in (None, Shaped(Request("m", []))):
        assert let_pass(answer, parser, shaped) == (answer, parser)


def test_with_a_passage_the_relay_gets_what_has_passed() -> None:
    inner = ScriptedAnswer(Script(chunks=(b"any",)))
    passing, parser = let_pass(inner, open_answer()[0].ready, Shaped(Request("m", []), passage=Louder()))
    assert isinstance(passing, PassingAnswer)
    assert parser is passing.ready
    passing.pass_to(lambda _: True)
    assert asyncio.run(passing.read_chunk()) == b"any"


def test_a_whole_answer_is_reshaped_first_and_passes_then() -> None:
    response = Response("1", "m", [Candidate([Text("Oh")], Finish("stop"))])
    finished = asyncio.run(finish_response(response, Shaped(Request("m", []), Doubling(), Louder())))
    assert finished.candidates[0].parts == [Text("OHOH")]
    assert asyncio.run(finish_response(response, Shaped(Request("m", [])))) is response
