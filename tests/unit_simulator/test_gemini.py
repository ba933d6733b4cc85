"""Gemini on the wire, and as Google's own SDK sees it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from google import genai

from tests.simulator import Citation, Fault, Refusal, Say, Simulator, Text, Thinking, Tokens, ToolCall
from tests.unit_simulator.wire import GEMINI, Answer, ask

USAGE = Tokens(input=10, cached=20, output=8, reasoning=4)
EVERYTHING = Say(
    parts=(
        Thinking("First I think.", "c2lnbmVk"),
        Text("Two calls follow.", (Citation(url="http://a.test/", title="A", quote="calls"),)),
        ToolCall("look", ('{"at', '": "sea"}'), "call_a"),
        ToolCall("find", '{"what": "gold"}'),
    ),
    usage=USAGE,
)


def chunks_of(answer: Answer) -> list[dict[str, Any]]:
    assert answer.body.count(b"\n") == answer.body.count(b"\r\n")
    frames = answer.body.split(b"\r\n\r\n")
    assert frames.pop() == b""
    return [msgspec.json.decode(frame.removeprefix(b"data: ")) for frame in frames]


def test_a_json_answer_holds_everything_that_was_scripted(simulator: Simulator) -> None:
    simulator.script(EVERYTHING)
    answer = ask(simulator, GEMINI, "gemini").json
    [candidate] = answer["candidates"]
    assert candidate["content"] == {
        "role": "model",
        "parts": [
            {"text": "First I think.", "thought": True},
            {"text": "Two calls follow.", "thoughtSignature": "c2lnbmVk"},
            {"functionCall": {"id": "call_a", "name": "look", "args": {"at": "sea"}}},
            {"functionCall": {"name": "find", "args": {"what": "gold"}}},
        ],
    }
    assert candidate["finishReason"] == "STOP"
    assert candidate["groundingMetadata"]["groundingChunks"] == [{"web": {"uri": "http://a.test/", "title": "A"}}]
    usage = answer["usageMetadata"]
    assert (usage["promptTokenCount"], usage["cachedContentTokenCount"]) == (30, 20)
    assert (usage["candidatesTokenCount"], usage["thoughtsTokenCount"], usage["totalTokenCount"]) == (8, 4, 42)
    assert simulator.journal[0].billed == USAGE
    assert simulator.journal[0].model == "m"


def test_a_stream_adds_up_to_the_json_answer_and_its_usage_grows(simulator: Simulator) -> None:
    simulator.script(EVERYTHING, times=2)
    whole = ask(simulator, GEMINI, "gemini").json
    chunks = chunks_of(ask(simulator, GEMINI, "gemini-sse"))
    parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
    assert "".join(part["text"] for part in parts if part.get("thought")) == "First I think."
    assert "".join(part.get("text", "") for part in parts if not part.get("thought")) == "Two calls follow."
    assert [part for part in parts if "functionCall" in part] == whole["candidates"][0]["content"]["parts"][2:]
    assert [part["thoughtSignature"] for part in parts if "thoughtSignature" in part] == ["c2lnbmVk"]
    totals = [chunk["usageMetadata"]["totalTokenCount"] for chunk in chunks]
    assert totals == sorted(totals)
    assert chunks[-1]["usageMetadata"] == whole["usageMetadata"]
    finishes = [chunk["candidates"][0].get("finishReason") for chunk in chunks]
    assert finishes == [None] * (len(chunks) - 1) + ["STOP"]


def test_the_last_text_travels_with_the_finish_reason(simulator: Simulator) -> None:
    [candidate] = chunks_of(ask(simulator, GEMINI, "gemini-sse"))[-1]["candidates"]
    assert candidate["content"]["parts"][0]["text"] == "llo"
    assert candidate["finishReason"] == "STOP"


def test_without_alt_sse_the_stream_is_one_json_array(simulator: Simulator) -> None:
    simulator.script(EVERYTHING)
    array = ask(simulator, GEMINI, "gemini-array")
    assert array.headers["content-type"] == "application/json"
    assert len(array.json) == len(simulator.journal[0].events) - 1
    simulator.script(fault=Fault(status=503))
    assert ask(simulator, GEMINI, "gemini-array").json[0]["error"]["status"] == "UNAVAILABLE"


def test_a_refusal_is_a_finish_reason_and_a_blocked_prompt_has_no_candidates(simulator: Simulator) -> None:
    simulator.script(Say(parts=(Refusal("No."),)))
    simulator.script(Say(parts=(Refusal("No."),), finish="content_filter"))
    [refused] = chunks_of(ask(simulator, GEMINI, "gemini-sse"))
    assert refused["candidates"][0]["finishReason"] == "SAFETY"
    assert "content" not in refused["candidates"][0]
    [blocked] = chunks_of(ask(simulator, GEMINI, "gemini-sse"))
    assert blocked["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in blocked


def test_candidates_take_turns(simulator: Simulator) -> None:
    simulator.script(Say(parts=("one",), others=(("another and longer",),)))
    chunks = chunks_of(ask(simulator, GEMINI | {"generation_config": {"candidate_count": 2}}, "gemini-sse"))
    told = [chunk["candidates"][0] for chunk in chunks]
    assert [candidate["index"] for candidate in told] == [0, 1, 1]
    assert [candidate.get("finishReason") for candidate in told] == ["STOP", None, "STOP"]


def test_errors_have_googles_shape_with_reason_and_wait_in_the_details(simulator: Simulator) -> None:
    simulator.script(fault=Fault(status=400, code="API_KEY_INVALID"))
    simulator.script(fault=Fault(status=429, retry_after_seconds=7.5, retry_forms=("google",)))
    simulator.script(fault=Fault(status=503, error_after_event=1))
    assert ask(simulator, GEMINI, "gemini").json["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    limited = ask(simulator, GEMINI, "gemini")
    assert limited.json["error"]["details"][-1]["retryDelay"] == "7.5s"
    assert limited.json["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert "retry-after" not in limited.headers
    broken = ask(simulator, GEMINI, "gemini-sse")
    assert b'\r\n\r\ndata: {"error":{"code":503,' in broken.body


def test_a_key_may_stand_in_the_query_and_tokens_can_be_counted(simulator: Simulator) -> None:
    counted = ask(simulator, GEMINI, "gemini-count").json["totalTokens"]
    assert ask(simulator, GEMINI, "gemini").json["usageMetadata"]["promptTokenCount"] == counted
    assert [record.carrier for record in simulator.journal] == ["key", "x-goog-api-key"]


def test_googles_own_sdk_reads_answers_and_streams(simulator: Simulator) -> None:
    once = genai.types.HttpRetryOptions(attempts=1)
    options = genai.types.HttpOptions(base_url=simulator.url, retry_options=once)
    with genai.Client(api_key="sk-test", http_options=options) as client:
        simulator.script(EVERYTHING, times=2)
        whole = client.models.generate_content(model="gemini-sim", contents="Hello")
        chunks = list(client.models.generate_content_stream(model="gemini-sim", contents="Hello"))
        simulator.script(fault=Fault(status=503, error_after_event=1))
        with pytest.raises(genai.errors.ServerError):
            list(client.models.generate_content_stream(model="gemini-sim", contents="Hello"))
        assert [model.name for model in client.models.list()] == ["models/sim-large", "models/sim-small"]
    assert [call.name for call in whole.function_calls or []] == ["look", "find"]
    assert [call.name for chunk in chunks for call in chunk.function_calls or []] == ["look", "find"]
    assert chunks[-1].usage_metadata == whole.usage_metadata
    assert whole.parts
    assert whole.parts[1].thought_signature == b"signed"
