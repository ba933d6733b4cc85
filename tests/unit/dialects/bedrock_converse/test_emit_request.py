"""The whole request: path, turns, limits, and what has no place."""

from __future__ import annotations

import pytest

from dragoman.dialects.base import Envelope
from dragoman.dialects.bedrock_converse.emit_request import build_path
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Extras, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import (
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    ReasoningRequest,
    Request,
    Sampling,
    Turn,
)
from dragoman.wire.json_document import JsonDocument, decode_object
from tests.unit.dialects.bedrock_converse.samples import CLAUDE, PLAIN, PROVIDER, Fields, codes, emit, emit_turns

ASKED = [Turn("user", [Text("Hi.")])]
HELLO = [{"role": "user", "content": [{"text": "Hi."}]}]


def say(role: str, text: str = "x", **more: object) -> Turn:
    return Turn(role, [Text(text)], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2",
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2/converse",
        ),
        ("a b?c#d%/../é", "/model/a%20b%3Fc%23d%25%2F..%2F%C3%A9/converse"),
    ],
)
def test_a_model_is_one_segment_of_the_path_whatever_is_in_its_name(model: str, path: str) -> None:
    assert PROVIDER.emit_request(Request(model, ASKED), CLAUDE, []).path == path
    streamed = PROVIDER.emit_request(Request(model, ASKED, stream=True), CLAUDE, [])
    assert streamed.path == f"{path}-stream"


@pytest.mark.parametrize("model", ["", ".", ".."])
def test_what_is_no_name_of_a_model_is_refused(model: str) -> None:
    with pytest.raises(DragomanError):
        build_path(model, "converse")


def test_a_body_of_converse_goes_as_it_is() -> None:
    envelope = Envelope("public", True, JsonDocument(b'{"messages": [ ]}'))
    wire = PROVIDER.patch_request(envelope, "m:0", CLAUDE)
    assert (wire.path, wire.body) == ("/model/m%3A0/converse-stream", b'{"messages": [ ]}')


# -- turns -----------------------------------------------------------------------------------------------------------


def test_leading_system_turns_stand_apart_and_speakers_alternate() -> None:
    losses: list[Loss] = []
    body = emit_turns(say("system", "s"), say("developer", "d"), say("user", "a"), say("user", "b"), losses=losses)
    assert body["system"] == [{"text": "s"}, {"text": "d"}]
    assert body["messages"] == [{"role": "user", "content": [{"text": "a"}, {"text": "b"}]}]
    assert losses == []


def test_results_and_text_of_one_step_are_one_message() -> None:
    turns = (
        say("user"),
        Turn("assistant", [ToolCall("1", "f", "{}")]),
        Turn("tool", [ToolResult("1", [Text("r")])]),
        say("user", "go on", joined=True),
    )
    roles = [message["role"] for message in emit_turns(*turns)["messages"]]
    assert roles == ["user", "assistant", "user"]


@pytest.mark.parametrize(("inline", "role"), [(False, "user"), (True, "system")])
def test_a_system_turn_amid_the_conversation_is_said_by_who_may(inline: bool, role: str) -> None:
    losses: list[Loss] = []
    profile = Profile(inline_system=inline)
    turns = (say("user"), say("assistant"), say("system", "s"))
    messages = emit_turns(*turns, losses=losses, profile=profile)["messages"]
    assert messages[2] == {"role": role, "content": [{"text": "s"}]}
    assert codes(losses) == ([] if inline else [("approximated", "turns[2].role")])


def test_a_conversation_of_system_text_alone_still_asks_something() -> None:
    losses: list[Loss] = []
    assert emit_turns(say("system", "s"), losses=losses) == {"messages": [{"role": "user", "content": [{"text": "s"}]}]}
    assert codes(losses) == [("approximated", "turns[0].role")]


def test_a_turn_without_content_or_with_a_name_is_told() -> None:
    losses: list[Loss] = []
    emit_turns(Turn("user", []), say("user", "x", name="Ann", extras={"openai_chat": {"odd": 1}}), losses=losses)
    assert codes(losses) == [
        ("dropped", "turns[0]"),
        ("dropped", "turns[1].name"),
        ("dropped", "turns[1].extras.openai_chat.odd"),
    ]


def test_the_beginning_of_an_answer_does_not_end_in_white_space() -> None:
    losses: list[Loss] = []
    messages = emit_turns(say("user"), say("assistant", "Once \n"), losses=losses)["messages"]
    assert messages[-1]["content"] == [{"text": "Once"}]
    assert codes(losses) == [("approximated", "turns[1]")]


def test_a_cache_point_for_the_whole_request_stands_at_its_end() -> None:
    losses: list[Loss] = []
    body = emit(Request("m", ASKED, cache=CacheBreakpoint("1h")), losses)
    assert body["messages"][0]["content"][1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert codes(losses) == [("moved", "cache")]


def test_no_more_cache_points_go_out_than_the_api_takes() -> None:
    losses: list[Loss] = []
    turn = Turn("user", [Text(str(number), cache=CacheBreakpoint()) for number in range(6)])
    content = emit_turns(turn, losses=losses)["messages"][0]["content"]
    assert sum("cachePoint" in block for block in content) == 4
    assert codes(losses) == [("dropped", "turns[0].parts[0].cache"), ("dropped", "turns[0].parts[1].cache")]


# -- how to answer ---------------------------------------------------------------------------------------------------


def test_limits_sampling_and_stops_have_their_places() -> None:
    losses: list[Loss] = []
    sampling = Sampling(temperature=0.5, top_p=0.9, top_k=5)
    body = emit(Request("m", ASKED, sampling=sampling, max_output_tokens=10, stop=["END", "\n"]), losses)
    assert body == {
        "messages": HELLO,
        "inferenceConfig": {"maxTokens": 10, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]},
        "additionalModelRequestFields": {"top_k": 5},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }
    assert codes(losses) == [("dropped", "stop")]


def test_each_maker_has_its_own_word_for_top_k() -> None:
    losses: list[Loss] = []
    request = Request("m", ASKED, sampling=Sampling(top_k=5))
    assert emit(request, losses, Profile(converse_extras="nova"))["additionalModelRequestFields"] == {
        "inferenceConfig": {"topK": 5}
    }
    assert emit(request, losses, PLAIN) == {"messages": HELLO}
    assert codes(losses) == [("dropped", "sampling.top_k")]


def test_a_claude_that_thinks_takes_only_what_changes_nothing() -> None:
    for sampling, config, lost in (
        (Sampling(temperature=1, top_p=0.95), {"temperature": 1, "topP": 0.95}, []),
        (
            Sampling(temperature=0.5, top_p=0.5, top_k=1),
            None,
            ["sampling.temperature", "sampling.top_p", "sampling.top_k"],
        ),
    ):
        losses: list[Loss] = []
        wish = ReasoningRequest("on", budget_tokens=2048)
        body = emit(Request("m", ASKED, sampling=sampling, reasoning=wish), losses)
        assert body.get("inferenceConfig") == config
        assert [loss.path for loss in losses] == lost


def test_what_is_too_much_is_cut() -> None:
    losses: list[Loss] = []
    profile = Profile(max_output_tokens=100)
    request = Request("m", ASKED, sampling=Sampling(temperature=1.5), max_output_tokens=1000)
    assert emit(request, losses, profile)["inferenceConfig"] == {"maxTokens": 100, "temperature": 1}
    assert codes(losses) == [("approximated", "max_output_tokens"), ("approximated", "sampling.temperature")]


def test_a_schema_of_the_answer_is_sent_as_text() -> None:
    losses: list[Loss] = []
    output = JsonSchemaOutput({"type": "object"}, "answer", "all of it", strict=True)
    definition = {"schema": '{"type":"object"}', "name": "answer", "description": "all of it"}
    body = emit(Request("m", ASKED, output=output), losses)
    assert body["outputConfig"] == {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}
    assert losses == []
    for lost, profile in ((JsonOutput(), CLAUDE), (output, Profile(structured_output=False))):
        losses = []
        assert "outputConfig" not in emit(Request("m", ASKED, output=lost), losses, profile)
        assert codes(losses) == [("dropped", "output")]


def test_the_service_tier_has_its_word_or_is_lost() -> None:
    for tier, wire in (("auto", None), ("standard", "default"), ("flex", "flex"), ("priority", "priority")):
        body = emit(Request("m", ASKED, service_tier=tier))
        assert body.get("serviceTier") == (wire and {"type": wire})
    losses: list[Loss] = []
    emit(Request("m", ASKED, service_tier="scale"), losses)
    assert codes(losses) == [("dropped", "service_tier")]


def test_metadata_go_along_if_they_are_short_plain_texts() -> None:
    assert emit(Request("m", ASKED, metadata={"run": "a-1"}))["requestMetadata"] == {"run": "a-1"}
    for metadata in ({"run": 1}, {"run": "x" * 257}, {str(number): "x" for number in range(17)}, {"run": "é!"}):
        losses: list[Loss] = []
        assert "requestMetadata" not in emit(Request("m", ASKED, metadata=dict(metadata)), losses)
        assert codes(losses) == [("dropped", "metadata")]


def test_what_has_no_place_is_told_unless_it_asks_for_nothing() -> None:
    losses: list[Loss] = []
    request = Request(
        "m",
        ASKED,
        sampling=Sampling(seed=1, frequency_penalty=0.0, presence_penalty=0.5),
        user="u",
        verbosity="low",
        logprobs=False,
        store=False,
        modalities=["text"],
        prompt_cache_key="k",
    )
    assert emit(request, losses) == {"messages": HELLO}
    lost = {"sampling.seed", "sampling.presence_penalty", "user", "verbosity", "prompt_cache_key"}
    assert {loss.path for loss in losses} == lost


def test_fields_of_this_dialect_go_along_and_those_of_others_do_not() -> None:
    losses: list[Loss] = []
    guardrail: Fields = {"guardrailIdentifier": "g", "guardrailVersion": "1"}
    extras: Extras = {
        "bedrock_converse": {"guardrailConfig": guardrail, "additionalModelRequestFields": {"a": 1}},
        "openai_chat": {"odd": 1},
    }
    body = emit(Request("m", ASKED, sampling=Sampling(top_k=1), extras=extras), losses)
    assert body["guardrailConfig"] == guardrail
    assert body["additionalModelRequestFields"] == {"top_k": 1, "a": 1}
    assert codes(losses) == [("dropped", "extras.openai_chat.odd")]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (Request("m", ASKED, candidates=2), "candidates"),
        (Request("m", ASKED, previous_response_id="r"), "previous_response_id"),
    ],
)
def test_what_cannot_be_is_refused(request_: Request, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        emit(request_)
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, path)


# -- counting --------------------------------------------------------------------------------------------------------


def test_amazon_counts_for_claude_under_its_plain_name_and_for_nobody_else() -> None:
    losses: list[Loss] = []
    request = Request(
        "eu.anthropic.claude-x:0",
        [say("system", "s"), *ASKED, say("user", "y", name="Ann")],
        tools=[FunctionTool("f")],
        sampling=Sampling(seed=1, temperature=0),
    )
    wire = PROVIDER.emit_count_request(request, CLAUDE, losses)
    assert wire is not None
    assert wire.path == "/model/anthropic.claude-x%3A0/count-tokens"
    assert decode_object(wire.body)["input"]["converse"].keys() == {"messages", "system", "toolConfig"}
    assert codes(losses) == [("dropped", "turns[2].name")]
    assert PROVIDER.emit_count_request(request, PLAIN, []) is None
