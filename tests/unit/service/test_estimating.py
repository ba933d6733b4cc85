"""Usage that nobody told, from the words of request and answer."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.clock import FixedClock
from dragoman.dialects.base import ProviderSide
from dragoman.dialects.registry import DIALECTS, OPERATIONS
from dragoman.errors import invalid
from dragoman.model import stream as s
from dragoman.model.content import Text, ToolCall
from dragoman.model.request import Request, Turn
from dragoman.model.usage import Usage
from dragoman.routing.target import Origin, Target
from dragoman.service.estimating import (
    MAX_KEPT_BYTES,
    MAX_REPORTERS,
    Reporters,
    Tape,
    collect_parts,
    estimate_reply,
    estimate_stream,
    name_report,
)
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.generate import GenerateService
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import Answer, OutgoingRequest
from tests.unit.service.desk import (
    CHAT_ANSWER,
    CHAT_REQUEST,
    CHAT_STREAM,
    CHAT_STREAM_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    run,
)

TARGET = Target(make_provider("a"), "gpt-4o")
RULER = find_ruler("gpt-4o")
REQUEST = Request("m", [Turn("user", [Text("Hello there. " * 20)])])
EXPECTED = Usage(input=RULER.count_request(REQUEST), output=RULER.count_answer([Text("Hello!")]), is_estimate=True)


def side() -> ProviderSide:
    provider = DIALECTS["openai_chat"].provider
    assert provider is not None
    return provider


def refuse() -> Any:
    raise invalid("not to be understood")


def test_a_whole_answer_is_counted() -> None:
    body = json.dumps({**json.loads(CHAT_ANSWER), "usage": None}).encode()
    assert estimate_reply(lambda: REQUEST, "gpt-4o", side(), body) == EXPECTED


def test_a_stream_is_counted_whole_or_cut_off() -> None:
    assert estimate_stream(lambda: REQUEST, "gpt-4o", side(), b"".join(CHAT_STREAM)) == EXPECTED
    assert estimate_stream(lambda: REQUEST, "gpt-4o", side(), b"".join(CHAT_STREAM[:2])) == EXPECTED
    broken = [*CHAT_STREAM[:2], b"data: {{\n\n", *CHAT_STREAM[2:]]
    assert estimate_stream(lambda: REQUEST, "gpt-4o", side(), b"".join(broken)) == EXPECTED


def test_what_cannot_be_understood_is_not_counted() -> None:
    assert estimate_reply(lambda: REQUEST, "gpt-4o", side(), b"{") is None
    assert estimate_reply(refuse, "gpt-4o", side(), CHAT_ANSWER) is None
    assert estimate_stream(refuse, "gpt-4o", side(), b"".join(CHAT_STREAM)) is None


def test_everything_that_was_said_is_collected() -> None:
    events: list[s.StreamEvent] = [
        s.StreamStart("r", "m"),
        s.ReasoningDelta(0, "hm"),
        s.TextDelta(1, "I "),
        s.TextDelta(1, "look."),
        s.ToolCallStart(2, "c", "look"),
        s.ToolCallStart(3, "d", "listen"),
        s.ToolCallDelta(2, '{"at":'),
        s.ToolCallDelta(3, "{}"),
        s.ToolCallDelta(2, '"sea"}'),
        s.RefusalDelta(4, "No."),
    ]
    assert collect_parts(events) == [
        Text("hmI look.No."),
        ToolCall("", "look", '{"at":"sea"}'),
        ToolCall("", "listen", "{}"),
    ]


def send(*chunks: bytes) -> Answer:
    """An answer of a scripted provider."""
    transport = ScriptedTransport([Script(chunks=chunks)])
    return run(transport.send(OutgoingRequest(Origin("https", "a.example", 443), b"POST", b"/", [])))


def listen(reporters: Reporters, *chunks: bytes, is_stream: bool = True) -> Tape:
    tape = reporters.listen(send(*chunks), side(), TARGET, is_stream=is_stream)
    assert tape is not None
    return tape


async def drain(tape: Tape) -> bytes:
    read = []
    while chunk := await tape.read_chunk():
        read.append(chunk)
    return b"".join(read)


def test_a_tape_is_the_answer_itself() -> None:
    tape = listen(Reporters(), *CHAT_STREAM)
    assert (tape.status, tape.header(b"content-length"), tape.connect_seconds) == (200, None, 0.0)
    assert tape.headers == []
    tape.pass_to(lambda chunk: True)
    assert run(drain(tape)) == b"".join(CHAT_STREAM)
    tape.mark_progress()
    tape.close()


def test_a_stream_that_tells_nothing_is_estimated_and_listened_to_again() -> None:
    reporters = Reporters()
    for _ in range(2):
        tape = listen(reporters, *CHAT_STREAM[:2], CHAT_STREAM[2], CHAT_STREAM[4])
        run(drain(tape))
        assert tape.settle(None, lambda: REQUEST, is_answered=True) == EXPECTED


def test_a_whole_answer_that_tells_nothing_is_estimated() -> None:
    tape = listen(Reporters(), CHAT_ANSWER, is_stream=False)
    assert run(tape.read_all(10_000)) == CHAT_ANSWER
    assert tape.settle(None, lambda: REQUEST, is_answered=True) == EXPECTED


def test_who_has_told_once_is_not_listened_to_any_more() -> None:
    reporters = Reporters()
    told = Usage(input=1)
    tape = listen(reporters, *CHAT_STREAM)
    assert tape.settle(told, refuse, is_answered=True) is told
    assert reporters.listen(send(), side(), TARGET, is_stream=True) is None
    assert reporters.listen(send(), side(), TARGET, is_stream=False) is not None


def test_where_nobody_answered_nothing_was_used() -> None:
    assert listen(Reporters(), b"").settle(None, refuse, is_answered=False) is None


def test_operations_that_are_only_passed_on_are_not_listened_to() -> None:
    moderations = OPERATIONS["openai_moderations"].provider
    assert moderations is not None
    assert Reporters().listen(send(), moderations, TARGET, is_stream=False) is None


def test_only_so_much_is_kept() -> None:
    half = b"data: " + b"x" * (MAX_KEPT_BYTES // 2 - 10)
    tape = listen(Reporters(), CHAT_STREAM[1], half, half, half)
    run(drain(tape))
    assert sum(map(len, tape._chunks)) <= MAX_KEPT_BYTES
    whole = msgspec.structs.replace(EXPECTED, output=8)  # what was not kept is taken to be like what was
    assert tape.settle(None, lambda: REQUEST, is_answered=True) == whole


def test_reporters_are_remembered_up_to_a_bound() -> None:
    reporters = Reporters()
    reporters.note(name_report(TARGET, is_stream=True))
    assert reporters.listen(send(), side(), TARGET, is_stream=True) is None
    for number in range(MAX_REPORTERS):
        reporters.note(("p", str(number), True))
    assert reporters.listen(send(), side(), TARGET, is_stream=True) is not None


@pytest.mark.parametrize("text", ["", "Hello!"])
def test_an_answer_has_a_token_at_least(text: str) -> None:
    assert RULER.count_answer([Text(text)]) >= 1


# -- through the service -----------------------------------------------------------------------------------------------


def generate(body: bytes, *scripts: Script) -> list[Exchange]:
    """Exchanges of a chat client with a chat provider, one for each script."""
    board = make_switchboard(make_provider("a"))
    settled: list[Exchange] = []
    service = GenerateService(ScriptedTransport(list(scripts)), lambda: board, FixedClock(), settled.append)
    for _ in scripts:
        run(service.generate(Inbound(client_side("openai_chat"), body), RecordingSink()))
    return settled


def without_usage() -> Script:
    return Script(chunks=(json.dumps({**json.loads(CHAT_ANSWER), "usage": None}).encode(),))


def test_an_exchange_without_usage_is_settled_with_an_estimate() -> None:
    (exchange,) = generate(CHAT_REQUEST, without_usage())
    assert exchange.usage is not None
    assert exchange.usage.is_estimate
    assert 5 <= exchange.usage.input <= 12
    assert 1 <= exchange.usage.output <= 5


def test_a_stream_without_usage_is_too() -> None:
    mute = Script(chunks=(*CHAT_STREAM[:3], CHAT_STREAM[4]))
    for exchange in generate(CHAT_STREAM_REQUEST, mute, mute):
        assert exchange.usage is not None
        assert exchange.usage.is_estimate
        assert exchange.usage.output > 0


def test_what_the_provider_tells_is_believed() -> None:
    for exchange in generate(CHAT_STREAM_REQUEST, *(Script(chunks=CHAT_STREAM),) * 2):
        assert exchange.usage is not None
        assert (exchange.usage.input, exchange.usage.output, exchange.usage.is_estimate) == (3, 2, False)


def test_a_refusal_has_no_usage() -> None:
    (exchange,) = generate(CHAT_REQUEST, error_script(400, b'{"error":{"message":"no"}}'))
    assert exchange.usage is None


def test_one_that_told_once_and_then_no_more_is_guessed_by_size() -> None:
    told, mute = generate(CHAT_REQUEST, Script(chunks=(CHAT_ANSWER,)), without_usage())
    assert told.usage is not None
    assert mute.usage is None
