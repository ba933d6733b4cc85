"""Messages as Anthropic's own SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types import Message

from tests.simulator import Citation, Fault, Refusal, Say, Simulator, Text, Thinking, Tokens, ToolCall

ASK: dict[str, Any] = {"model": "claude-sim", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}
USAGE = Tokens(input=10, cached=20, cache_write=5, cache_write_1h=2, output=7, reasoning=3)
EVERYTHING = Say(
    parts=(
        Thinking("First I think.", "c2lnbmVk"),
        Thinking(redacted="c2VjcmV0"),
        Text("Two calls follow.", (Citation(url="http://a.test/", title="A", quote="a"),)),
        Text("A document says so.", (Citation(document=0, quote="so", start=3, end=5),)),
        ToolCall("look", ('{"at', '": "sea"}'), "toolu_a"),
        ToolCall("find", '{"what": "gold"}'),
    ),
    usage=USAGE,
)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=simulator.url, api_key="sk-test", max_retries=0) as made:
        yield made


def stream(client: anthropic.Anthropic) -> Message:
    with client.messages.stream(**ASK) as events:
        for _ in events:
            pass
        return events.get_final_message()


def test_a_json_answer_holds_everything_that_was_scripted(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.script(EVERYTHING)
    answer = client.messages.create(**ASK)
    kinds = [block.type for block in answer.content]
    assert kinds == ["thinking", "redacted_thinking", "text", "text", "tool_use", "tool_use"]
    thinking, redacted, web, document, first, second = (block.model_dump() for block in answer.content)
    assert (thinking["thinking"], thinking["signature"]) == ("First I think.", "c2lnbmVk")
    assert redacted["data"] == "c2VjcmV0"
    assert web["citations"][0]["type"] == "web_search_result_location"
    assert document["citations"][0]["type"] == "char_location"
    assert (first["id"], first["input"]) == ("toolu_a", {"at": "sea"})
    assert (second["name"], second["input"]) == ("find", {"what": "gold"})
    assert second["id"].startswith("toolu_01")
    assert answer.stop_reason == "tool_use"
    usage = answer.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (10, 20, 7)
    assert usage.output_tokens == 10
    assert usage.cache_creation
    assert usage.cache_creation.ephemeral_1h_input_tokens == 2
    assert simulator.journal[0].billed == USAGE


def test_the_sdks_stream_accumulator_sees_the_same_as_the_json_answer(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.script(EVERYTHING, times=2)
    whole = client.messages.create(**ASK).model_dump(exclude={"id"})
    final = stream(client)
    told = final.model_dump(exclude={"id"}, warnings=False)
    for block in told["content"] + whole["content"]:
        block.pop("parsed_output", None)
        if block["type"] == "tool_use":
            block.pop("id")
    assert told == whole


def test_events_come_in_the_makers_order(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.script(Say(parts=(Thinking("hm"), "yes")))
    stream(client)
    block = ["content_block_delta", "content_block_stop"]
    assert list(simulator.journal[0].events) == [
        "message_start",
        *["content_block_start", "ping", "content_block_delta", *block],
        *["content_block_start", *block],
        *["message_delta", "message_stop"],
    ]


def test_reasons_to_stop_are_the_makers_words(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.script(Say(parts=("I can", Refusal("Not allowed."))))
    simulator.script(Say(parts=("a",), finish="stop_sequence", stop_sequence="END"))
    simulator.script(Say(parts=("a",), finish="length"))
    refused = client.messages.create(**ASK)
    assert refused.stop_reason == "refusal"
    assert refused.stop_details
    assert refused.stop_details.explanation == "Not allowed."
    stopped = stream(client)
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "END")
    assert client.messages.create(**ASK).stop_reason == "max_tokens"


def test_a_code_of_429_becomes_the_sdks_own_exception(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.script(fault=Fault(status=429, code="enforced_spend_limit_reached"))
    with pytest.raises(anthropic.RateLimitError) as caught:
        client.messages.create(**ASK)
    assert type(caught.value).__name__ == "EnforcedSpendLimitReachedError"


def test_what_the_sdk_makes_of_each_way_to_end_a_stream_too_early(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.script(fault=Fault(stop="rst", after_event=4))
    simulator.script(fault=Fault(stop="fin", after_event=4))
    simulator.script(fault=Fault(stop="eof", after_event=4))
    simulator.script(fault=Fault(status=529, error_after_event=4))
    for _ in range(2):
        with pytest.raises(httpx2.TransportError):
            stream(client)
    final = stream(client)
    assert final.stop_reason is None, "the SDK itself does not see a well-formed end that comes too early"
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
        stream(client)
    assert [record.outcome for record in simulator.journal] == ["cut", "cut", "cut", "failed"]


def test_tokens_are_counted_as_a_real_request_would_report_them(client: anthropic.Anthropic) -> None:
    asked = {name: value for name, value in ASK.items() if name != "max_tokens"}
    assert client.messages.count_tokens(**asked).input_tokens == client.messages.create(**ASK).usage.input_tokens
    assert [model.id for model in client.models.list()] == ["sim-large", "sim-small"]
