"""Exchanges with a target that has no tools: what it is asked, and what its clients hear."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.clock import IdSource
from dragoman.model.profile import Profile
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.reshaping.tool_text import ToolTextShaping
from tests.unit.service.desk import CHAT_ANSWER, CHAT_REQUEST, Desk, RecordingSink, make_provider, streamed, whole

CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}
CHAT: dict[str, Any] = {"model": "r", "messages": [{"role": "user", "content": "Hi"}], "tools": [TOOL]}
ANTHROPIC: dict[str, Any] = {
    "model": "r",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hi"}],
    "tools": [{"name": "get_weather", "input_schema": SCHEMA}],
}


class TextDesk(Desk):
    """A desk whose only target takes tools as text."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(list(answers))
        provider = make_provider("a")
        target = Target(provider, "m", Profile(tool_form="hermes"), shapings=("tools",))
        resolver = Resolver([Route("r", (target,))], [provider], Target)
        shapings = {"tools": ToolTextShaping(IdSource())}
        self.board = msgspec.structs.replace(self.board, resolver=resolver, shapings=shapings)

    def say(self, body: dict[str, Any], dialect: str = "openai_chat", **inbound: Any) -> RecordingSink:
        return self.ask(json.dumps(body).encode(), dialect, **inbound)

    def sent(self, index: int = 0) -> Any:
        return json.loads(self.transport.requests[index].body)


def answer(text: str) -> Any:
    return whole(CHAT_ANSWER.replace(b'"Hello!"', json.dumps(text).encode()))


def stream(*texts: str) -> Any:
    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"

    usage = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
    return streamed(*[event({"content": text}) for text in texts], event({}, "stop"), usage, b"data: [DONE]\n\n")


def test_a_client_of_the_same_dialect_gets_calls() -> None:
    desk = TextDesk(answer(f"Let me look.\n{CALL}"))
    sink = desk.say(CHAT)
    assert "tools" not in desk.sent()
    assert "get_weather" in desk.sent()["messages"][0]["content"]
    (choice,) = sink.json["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Let me look."
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city":"Rome"}'}
    assert b"emulated:tools" in sink.headers[b"x-dragoman-losses"]


def test_a_client_of_another_dialect_does_too() -> None:
    sink = TextDesk(answer(CALL)).say(ANTHROPIC, "anthropic_messages")
    (block,) = sink.json["content"]
    assert (block["type"], block["name"], block["input"]) == ("tool_use", "get_weather", {"city": "Rome"})
    assert sink.json["stop_reason"] == "tool_use"


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic_messages"])
def test_a_stream_has_calls_in_it(dialect: str) -> None:
    body = (CHAT if dialect == "openai_chat" else ANTHROPIC) | {"stream": True}
    sink = TextDesk(stream("Let me ", "look.\n", *CALL)).say(body, dialect)
    text = b"".join(sink.chunks).decode()
    assert sink.is_ended
    assert "get_weather" in text
    assert "tool_call>" not in text
    assert ('"finish_reason":"tool_calls"' if dialect == "openai_chat" else '"stop_reason":"tool_use"') in text


def test_a_request_without_tools_goes_through_as_it_is() -> None:
    desk = TextDesk(whole())
    sink = desk.ask()
    assert desk.transport.requests[0].body == CHAT_REQUEST.replace(b'"r"', b'"m"')
    assert sink.reply is not None
    assert sink.reply.body == CHAT_ANSWER


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_required_call_is_asked_for_once_more_and_both_answers_are_paid(is_stream: bool) -> None:
    answers = [stream("I will ", "not."), stream(CALL)] if is_stream else [answer("I will not."), answer(CALL)]
    desk = TextDesk(*answers)
    more = {"stream": True, "stream_options": {"include_usage": True}} if is_stream else {}
    sink = desk.say(CHAT | {"tool_choice": "required"} | more)
    assert len(desk.transport.requests) == 2
    assert desk.sent(1)["messages"][-2] == {"role": "assistant", "content": "I will not."}
    said = b"".join(sink.chunks).decode() if is_stream else json.dumps(sink.json)
    assert "get_weather" in said
    assert "I will not" not in said
    (exchange,) = desk.settled
    assert exchange.error is None
    assert exchange.usage is not None
    assert (exchange.usage.input, exchange.usage.output) == (6, 4)
    assert '"prompt_tokens":6' in said.replace(" ", "")


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_model_that_does_not_call_although_it_was_reminded_is_an_error(is_stream: bool) -> None:
    make = stream if is_stream else answer
    desk = TextDesk(make("No."), make("Never."), make("Not now."))
    sink = desk.say(CHAT | {"tool_choice": "required", "stream": is_stream})
    assert len(desk.transport.requests) == 2
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert "required to call get_weather" in sink.json["error"]["message"]


def test_strict_refuses_text_in_place_of_tools() -> None:
    desk = TextDesk()
    sink = desk.say(CHAT, strict=True)
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert desk.transport.requests == []
