"""Converse as Amazon's own SDK sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from botocore.session import Session

from tests.simulator import Citation, Fault, Refusal, Say, Simulator, Text, Thinking, Tokens, ToolCall

ASK: dict[str, Any] = {
    "modelId": "us.anthropic.claude-sim:0",
    "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
}
USAGE = Tokens(input=10, cached=20, cache_write=5, cache_write_1h=2, output=7, reasoning=3)
EVERYTHING = Say(
    parts=(
        Thinking("First I think.", "c2lnbmVk"),
        Thinking(redacted="c2VjcmV0"),
        Text("Two calls follow.", (Citation(url="http://a.test/", title="A", quote="a"),)),
        Text("A document says so.", (Citation(document=0, quote="so", start=3, end=5),)),
        ToolCall("look", ('{"at', '": "sea"}'), "tooluse_a"),
        ToolCall("find", '{"what": "gold"}'),
    ),
    usage=USAGE,
)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Any]:
    made = Session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=simulator.url,
        aws_access_key_id="AKIDSIM",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )
    yield made
    made.close()


def read_stream(client: Any) -> list[tuple[str, Any]]:
    with closing(client.converse_stream(**ASK)["stream"]) as stream:
        return [pair for event in stream for pair in event.items()]


def test_a_json_answer_holds_everything_that_was_scripted(simulator: Simulator, client: Any) -> None:
    simulator.script(EVERYTHING)
    answer = client.converse(**ASK)
    thinking, redacted, web, document, first, second = answer["output"]["message"]["content"]
    assert thinking["reasoningContent"]["reasoningText"] == {"text": "First I think.", "signature": "c2lnbmVk"}
    assert redacted["reasoningContent"]["redactedContent"] == b"c2VjcmV0"
    assert web["citationsContent"]["citations"][0]["location"]["web"]["url"] == "http://a.test/"
    assert document["citationsContent"]["citations"][0]["location"]["documentChar"]["start"] == 3
    assert first["toolUse"] == {"toolUseId": "tooluse_a", "name": "look", "input": {"at": "sea"}}
    assert second["toolUse"]["toolUseId"].startswith("tooluse_")
    assert answer["stopReason"] == "tool_use"
    usage = answer["usage"]
    assert (usage["inputTokens"], usage["outputTokens"], usage["cacheReadInputTokens"]) == (10, 10, 20)
    assert usage["cacheWriteInputTokens"] == 7
    (record,) = simulator.journal
    assert (record.model, record.carrier, record.key) == ("us.anthropic.claude-sim:0", "sigv4", "AKIDSIM")
    assert record.billed == USAGE


def test_a_stream_says_the_same_piece_by_piece(simulator: Simulator, client: Any) -> None:
    simulator.script(EVERYTHING)
    events = read_stream(client)
    assert events[0] == ("messageStart", {"role": "assistant"})
    assert [word for word, _ in events[-2:]] == ["messageStop", "metadata"]
    text = "".join(fields["delta"].get("text", "") for word, fields in events if word == "contentBlockDelta")
    assert text == "Two calls follow.A document says so."
    starts = [fields["start"]["toolUse"]["name"] for word, fields in events if word == "contentBlockStart"]
    assert starts == ["look", "find"]
    assert simulator.journal[0].billed == USAGE


def test_an_error_is_one_that_the_sdk_knows_by_name(simulator: Simulator, client: Any) -> None:
    simulator.script(fault=Fault(status=429, message="Too many."))
    with pytest.raises(client.exceptions.ThrottlingException, match=r"Too many\."):
        client.converse(**ASK)


def test_an_error_amid_a_stream_is_an_exception(simulator: Simulator, client: Any) -> None:
    simulator.script("Hello there", fault=Fault(status=503, error_after_event=2))
    with pytest.raises(EventStreamError, match="serviceUnavailableException"):
        read_stream(client)
    assert simulator.journal[0].outcome == "failed"


def test_a_stop_sequence_is_told_to_who_asks(simulator: Simulator, client: Any) -> None:
    simulator.script(Say(parts=("1, 2",), finish="stop_sequence", stop_sequence="3"), times=2)
    assert "additionalModelResponseFields" not in client.converse(**ASK)
    answer = client.converse(**ASK, additionalModelResponseFieldPaths=["/stop_sequence"])
    assert (answer["stopReason"], answer["additionalModelResponseFields"]) == ("stop_sequence", {"stop_sequence": "3"})


def test_a_refusal_is_a_reason_to_stop(simulator: Simulator, client: Any) -> None:
    simulator.script(Say(parts=(Refusal("No."),)))
    answer = client.converse(**ASK)
    assert (answer["stopReason"], answer["output"]["message"]["content"]) == ("content_filtered", [])


def test_tokens_are_counted(client: Any) -> None:
    counted = client.count_tokens(modelId="m", input={"converse": {"messages": ASK["messages"]}})
    assert counted["inputTokens"] > 0


TOOL = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}
CALL = {"toolUse": {"toolUseId": "1", "name": "f", "input": {}}}
RESULT = {"toolResult": {"toolUseId": "1", "content": [{"text": "r"}]}}


def say(role: str, *blocks: Any) -> dict[str, Any]:
    return {"role": role, "content": list(blocks) or [{"text": "x"}]}


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"messages": [say("assistant")]}, "must start with a user"),
        ({"messages": [say("user"), say("user")]}, "must alternate"),
        ({"messages": [say("user", {"text": " \n"})]}, "is blank"),
        ({"messages": [say("user", CALL)], "toolConfig": {"tools": [TOOL]}}, "is none of"),
        ({"messages": [say("user"), say("assistant", CALL), say("user", RESULT)]}, "toolConfig field must be defined"),
        ({"messages": [say("user"), say("assistant", CALL), say("user")]}, "Expected toolResult"),
        ({"inferenceConfig": {"temperature": 1.5}}, "temperature"),
        ({"toolConfig": {"tools": [TOOL, TOOL]}}, "duplicate names"),
        ({"toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "g"}}}}, "no such tool"),
    ],
)
def test_what_the_real_api_refuses_is_refused(
    simulator: Simulator, client: Any, change: dict[str, Any], mistake: str
) -> None:
    with pytest.raises(ClientError, match=mistake):
        client.converse(**{**ASK, **change})
    assert simulator.complaints


def test_a_whole_round_of_tools_is_taken(simulator: Simulator, client: Any) -> None:
    simulator.script("Done.")
    messages = [say("user"), say("assistant", CALL), say("user", RESULT, {"text": "go on"})]
    answer = client.converse(**{**ASK, "messages": messages, "toolConfig": {"tools": [TOOL]}})
    assert answer["output"]["message"]["content"] == [{"text": "Done."}]
    assert simulator.complaints == []
