"""Responses as OpenAI's own SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.simulator import Citation, Fault, Refusal, Say, Simulator, Text, Thinking, Tokens, ToolCall

TOOLS: Any = [{"type": "function", "name": "look", "parameters": {"type": "object"}}, {"type": "custom", "name": "run"}]
ASK: dict[str, Any] = {
    "model": "gpt-sim",
    "input": "Hello",
    "tools": TOOLS,
    "include": ["reasoning.encrypted_content"],
}
USAGE = Tokens(input=10, cached=20, cache_write=5, output=7, reasoning=3)
EVERYTHING = Say(
    parts=(
        Thinking("First I think.", "c2lnbmVk"),
        Text("Two calls follow.", (Citation(url="http://a.test/", title="A", start=0, end=3),)),
        Refusal("But no more."),
        ToolCall("look", ('{"at', '": "sea"}'), "call_a"),
        ToolCall("run", "ls -l"),
    ),
    usage=USAGE,
)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{simulator.url}/v1", api_key="sk-test", max_retries=0) as made:
        yield made


def stream(client: openai.OpenAI) -> list[Any]:
    return list(client.responses.create(**ASK, stream=True))


def test_a_json_answer_holds_everything_that_was_scripted(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(EVERYTHING)
    answer: Response = client.responses.create(**ASK)
    thinking, message, function, custom = (item.model_dump() for item in answer.output)
    assert thinking["summary"] == [{"type": "summary_text", "text": "First I think."}]
    assert thinking["encrypted_content"] == "c2lnbmVk"
    assert [part["type"] for part in message["content"]] == ["output_text", "refusal"]
    assert message["content"][0]["annotations"][0]["url"] == "http://a.test/"
    assert (function["type"], function["call_id"], function["arguments"]) == (
        "function_call",
        "call_a",
        '{"at": "sea"}',
    )
    assert (custom["type"], custom["input"]) == ("custom_tool_call", "ls -l")
    assert (answer.status, answer.incomplete_details) == ("completed", None)
    assert answer.usage
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (35, 10, 45)
    assert answer.usage.input_tokens_details.cached_tokens == 20
    assert answer.usage.output_tokens_details.reasoning_tokens == 3
    assert simulator.journal[0].billed == USAGE


def test_the_sdks_stream_accumulator_sees_the_same_as_the_json_answer(
    simulator: Simulator, client: openai.OpenAI
) -> None:
    simulator.script(EVERYTHING, times=2)
    whole = client.responses.create(**ASK)
    with client.responses.stream(**ASK) as events:
        numbers = [event.sequence_number for event in events]
        final = events.get_final_response()
    assert numbers == list(range(len(numbers)))
    assert final.output_text == whole.output_text == "Two calls follow."
    assert [item.type for item in final.output] == [item.type for item in whole.output]
    assert final.usage == whole.usage


def test_every_event_is_one_that_the_sdk_knows(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(EVERYTHING)
    events = stream(client)
    for event in events:
        type(event).model_validate(event.model_dump(warnings=False))
        assert type(event).__name__.startswith("Response")
    assert [event.type for event in events] == list(simulator.journal[0].events)
    pieces = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert pieces == ['{"at', '": "sea"}']


def test_encrypted_thinking_is_sent_only_when_asked_for(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(Say(parts=(Thinking(redacted="c2VjcmV0"), "yes")), times=2)
    asked = client.responses.create(**ASK).output[0].model_dump()
    unasked = client.responses.create(model="gpt-sim", input="Hello").output[0].model_dump()
    assert (asked["encrypted_content"], unasked["encrypted_content"]) == ("c2VjcmV0", None)
    assert asked["summary"] == []


def test_an_answer_that_is_cut_short_is_incomplete(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(Say(parts=("a",), finish="length"), times=2)
    answer = client.responses.create(**ASK)
    assert answer.status == "incomplete"
    assert answer.incomplete_details
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert stream(client)[-1].type == "response.incomplete"


def test_an_error_is_an_event_and_ends_a_response_that_has_begun(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(fault=Fault(status=429, error_after_event=0))
    simulator.script(fault=Fault(status=500, error_after_event=3))
    for _ in range(2):
        with pytest.raises(openai.APIError):
            stream(client)
    simulator.wait_for(lambda: len(simulator.journal) == 2)
    assert simulator.journal[0].events == ("error",)
    assert simulator.journal[1].events[-2:] == ("error", "response.failed")


def test_what_the_sdk_makes_of_each_way_to_end_a_stream_too_early(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(fault=Fault(stop="rst", after_event=4))
    simulator.script(fault=Fault(stop="fin", after_event=4))
    simulator.script(fault=Fault(stop="eof", after_event=4))
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError):
            stream(client)
    assert stream(client)[-1].type == "response.content_part.added"


def test_tokens_are_counted_as_a_real_request_would_report_them(client: openai.OpenAI) -> None:
    counted = client.responses.input_tokens.count(model="gpt-sim", input="Hello")
    answer = client.responses.create(model="gpt-sim", input="Hello")
    assert answer.usage
    assert counted.input_tokens == answer.usage.input_tokens
