"""Requests that came from another dialect: what is merged, mended, moved and lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.dialects.anthropic_messages.emit_request import emit_body
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Image,
    InlineData,
    Opaque,
    Reasoning,
    Refusal,
    RemoteUrl,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import (
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    ReasoningRequest,
    Request,
    Sampling,
    Turn,
)
from dragoman.wire.json_document import decode_object, encode_json

HELLO = Turn("user", [Text("Hello.")], shorthand=True)
BASE = Request("claude", [HELLO], max_output_tokens=2048)


def emit(request: Request, profile: Profile = DEFAULT_PROFILE) -> tuple[dict[str, Any], list[str]]:
    losses: list[Loss] = []
    body = decode_object(encode_json(emit_body(request, profile, losses)))
    return body, [f"{loss.code} {loss.path}" for loss in losses]


def emit_turns(*turns: Turn, profile: Profile = DEFAULT_PROFILE) -> tuple[list[Any], list[str]]:
    body, losses = emit(msgspec.structs.replace(BASE, turns=list(turns)), profile)
    return body["messages"], losses


def with_fields(**fields: Any) -> Request:
    return msgspec.structs.replace(BASE, **fields)


def test_the_smallest_request_says_no_more_than_it_must() -> None:
    assert emit(BASE) == (
        {"model": "claude", "max_tokens": 2048, "messages": [{"role": "user", "content": "Hello."}]},
        [],
    )


# -- turns


def test_leading_system_and_developer_turns_become_the_system_blocks() -> None:
    system = [
        Turn("system", [Text("Be brief.", cache=CacheBreakpoint())], shorthand=True, name="rules"),
        Turn("developer", [Text("Be kind.")]),
    ]
    body, losses = emit(with_fields(turns=[*system, HELLO]))
    assert body["system"] == [
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be kind."},
    ]
    assert losses == ["dropped turns[0].name"]
    assert body["messages"] == [{"role": "user", "content": "Hello."}]


def test_a_single_bare_system_turn_stays_a_string() -> None:
    body, _ = emit(with_fields(turns=[Turn("system", [Text("Be brief.")], shorthand=True), HELLO]))
    assert body["system"] == "Be brief."


def test_what_a_leading_system_turn_cannot_say_is_a_loss() -> None:
    foreign = {"gemini_generate": {"partMetadata": {"a": 1}, "_role": "user"}}
    for turn in (
        Turn("system", [Text("Be brief.")], shorthand=True, name="rules", extras=foreign),
        Turn("system", [Text("Be brief.")], name="rules", extras=foreign),
    ):
        body, losses = emit(with_fields(turns=[turn, HELLO]))
        assert body["system"] == [{"type": "text", "text": "Be brief."}]
        assert losses == ["dropped turns[0].name", "dropped turns[0].extras.gemini_generate.partMetadata"]


def test_a_later_system_turn_stays_in_its_place_as_far_as_the_model_allows() -> None:
    later = Turn("developer", [Text("Now in Spanish.")], shorthand=True)
    said = {"content": "Now in Spanish."}
    assert emit_turns(HELLO, later, profile=Profile(inline_system=True)) == (
        [{"role": "user", "content": "Hello."}, {"role": "system", **said}],
        [],
    )
    assert emit_turns(HELLO, later) == (
        [{"role": "user", "content": "Hello."}, {"role": "user", **said}],
        ["approximated turns[1].role"],
    )


@pytest.mark.parametrize("profile", [DEFAULT_PROFILE, Profile(inline_system=True)])
def test_a_request_of_nothing_but_system_turns_asks_with_the_last(profile: Profile) -> None:
    turns = [Turn("system", [Text(text)], shorthand=True) for text in ("Be brief.", "Say hello.")]
    body, losses = emit(with_fields(turns=turns), profile)
    assert (body["system"], body["messages"]) == ("Be brief.", [{"role": "user", "content": "Say hello."}])
    assert losses == ["approximated turns[1].role"]


def test_results_of_parallel_calls_come_in_one_message() -> None:
    calls = Turn("assistant", [ToolCall("1", "f", "{}"), ToolCall("2", "f", "{}")])
    results = [Turn("tool", [ToolResult(id, [Text(id)])], name="f") for id in ("1", "2")]
    messages, losses = emit_turns(HELLO, calls, *results, HELLO)
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "user"]
    assert [block["tool_use_id"] for block in messages[2]["content"]] == ["1", "2"]
    assert losses == []


def test_joined_turns_make_one_message_again_in_their_order() -> None:
    turns = [
        Turn("tool", [ToolResult("1", [])], extras={"anthropic_messages": {"note": 1}}),
        Turn("user", [Text("a")], joined=True),
        Turn("tool", [ToolResult("2", [])], joined=True),
    ]
    messages, losses = emit_turns(*turns)
    assert [block["type"] for block in messages[0]["content"]] == ["tool_result", "text", "tool_result"]
    assert (len(messages), messages[0]["note"], losses) == (1, 1, [])


def test_turns_that_end_up_empty_are_left_out() -> None:
    messages, losses = emit_turns(
        HELLO, Turn("assistant", []), Turn("user", [Text("\n")], shorthand=True), Turn("user", [Text("")]), HELLO
    )
    assert len(messages) == 2
    assert losses == ["dropped turns[1]", "dropped turns[2]", "dropped turns[3].parts[0]"]


def test_the_beginning_of_an_answer_loses_white_space_at_its_end() -> None:
    assert emit_turns(HELLO, Turn("assistant", [Text("The answer: \n")], shorthand=True)) == (
        [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "The answer:"}],
        ["approximated turns[1]"],
    )
    messages, _ = emit_turns(HELLO, Turn("assistant", [Text("a"), Text(" ")]))
    assert messages[1]["content"] == [{"type": "text", "text": "a"}]


def test_white_space_inside_the_conversation_stays() -> None:
    messages, losses = emit_turns(HELLO, Turn("assistant", [Text("a ")], shorthand=True), HELLO)
    assert messages[1]["content"] == "a "
    assert losses == []


def test_what_has_no_place_in_a_turn_is_a_loss_with_its_path() -> None:
    image = Image(RemoteUrl("https://example.com/a.png"))
    messages, losses = emit_turns(
        Turn("user", [Text("a"), Audio(InlineData("audio/wav", "AA")), Opaque("gemini_generate", "x", {})]),
        Turn("assistant", [image, Refusal("No."), Reasoning("hm"), Text("ok")], name="bot"),
        Turn("tool", [ToolResult("1", [Audio(InlineData("audio/wav", "AA"), transcript="hi"), image])]),
        HELLO,
    )
    assert [len(message["content"]) for message in messages[:3]] == [1, 2, 1]
    assert losses == [
        "dropped turns[0].parts[1]",
        "dropped turns[0].parts[2]",
        "dropped turns[1].name",
        "dropped turns[1].parts[0]",
        "approximated turns[1].parts[1]",
        "dropped turns[1].parts[2]",
        "approximated turns[2].parts[0].parts[0]",
    ]


def test_unsigned_thinking_goes_back_to_those_who_want_it() -> None:
    turns = [HELLO, Turn("assistant", [Reasoning("hm"), Text("ok")]), HELLO]
    messages, losses = emit_turns(*turns, profile=Profile(replay_reasoning=True))
    assert messages[1]["content"][0] == {"type": "thinking", "thinking": "hm", "signature": ""}
    assert losses == []


# -- the cache


def test_of_too_many_breakpoints_the_earliest_go() -> None:
    cache = CacheBreakpoint()
    request = with_fields(
        tools=[FunctionTool("f", cache=cache)],
        turns=[
            Turn("system", [Text("s", cache=cache)]),
            *[Turn("user", [Text(str(number), cache=cache)]) for number in range(3)],
        ],
        cache=CacheBreakpoint("1h"),
    )
    body, losses = emit(request)
    assert losses == ["dropped tools[0].cache", "dropped turns[0].parts[0].cache"]
    assert "cache_control" not in body["tools"][0]
    assert body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert all("cache_control" in message["content"][0] for message in body["messages"])


def test_four_breakpoints_stay() -> None:
    turns = [Turn("user", [Text(str(number), cache=CacheBreakpoint())]) for number in range(4)]
    assert emit_turns(*turns)[1] == []


# -- output, thinking, sampling


def test_a_schema_is_said_and_its_description_lost() -> None:
    output = JsonSchemaOutput({"type": "object"}, name="n", description="d", strict=True)
    body, losses = emit(with_fields(output=output))
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    assert losses == ["dropped output.description"]


@pytest.mark.parametrize(
    ("output", "profile"),
    [
        (JsonOutput(), DEFAULT_PROFILE),
        (JsonSchemaOutput(None), DEFAULT_PROFILE),
        (JsonSchemaOutput({}), Profile(structured_output=False)),
    ],
)
def test_a_format_without_words_for_it_is_a_loss(output: Any, profile: Profile) -> None:
    body, losses = emit(with_fields(output=output), profile)
    assert "output_config" not in body
    assert losses == ["dropped output"]


@pytest.mark.parametrize(
    ("sampling", "sent", "losses"),
    [
        (Sampling(temperature=2), {"temperature": 1}, ["approximated sampling.temperature"]),
        (Sampling(temperature=1), {"temperature": 1}, []),
        (Sampling(temperature=0.0, top_p=0.5, top_k=3), {"temperature": 0.0, "top_p": 0.5, "top_k": 3}, []),
        (Sampling(frequency_penalty=0.0, presence_penalty=0, logit_bias={}), {}, []),
        (Sampling(seed=7, min_p=0.1), {}, ["dropped sampling.min_p", "dropped sampling.seed"]),
        (Sampling(repetition_penalty=1.1), {}, ["dropped sampling.repetition_penalty"]),
    ],
)
def test_sampling_is_said_as_far_as_there_are_words(sampling: Sampling, sent: Any, losses: list[str]) -> None:
    body, noted = emit(with_fields(sampling=sampling))
    assert {name: body[name] for name in ("temperature", "top_p", "top_k") if name in body} == sent
    assert noted == losses


@pytest.mark.parametrize(
    ("sampling", "sent", "losses"),
    [
        (Sampling(temperature=1.0, top_p=0.95), {"temperature": 1.0, "top_p": 0.95}, []),
        (Sampling(temperature=0.5), {}, ["dropped sampling.temperature"]),
        (Sampling(top_p=0.9, top_k=5), {}, ["dropped sampling.top_p", "dropped sampling.top_k"]),
    ],
)
def test_thinking_leaves_little_to_sampling(sampling: Sampling, sent: Any, losses: list[str]) -> None:
    request = with_fields(sampling=sampling, reasoning=ReasoningRequest("on", budget_tokens=1024))
    body, noted = emit(request)
    assert {name: body[name] for name in ("temperature", "top_p", "top_k") if name in body} == sent
    assert noted == losses


def test_a_model_that_takes_no_sampling_gets_none() -> None:
    body, losses = emit(with_fields(sampling=Sampling(0.5, 0.99, 3)), Profile(sampling_with_reasoning=False))
    assert body.keys() == {"model", "max_tokens", "messages"}
    assert len(losses) == 3


# -- the rest


def test_stop_sequences_of_white_space_are_left_out() -> None:
    body, losses = emit(with_fields(stop=["\n", "END"]))
    assert (body["stop_sequences"], losses) == (["END"], ["dropped stop"])
    assert "stop_sequences" not in emit(with_fields(stop=["\n"]))[0]


@pytest.mark.parametrize(
    ("tier", "sent", "losses"),
    [("auto", "auto", 0), ("standard_only", "standard_only", 0), ("default", "standard_only", 0), ("flex", None, 1)],
)
def test_a_service_tier_has_its_word_or_none(tier: str, sent: str | None, losses: int) -> None:
    body, noted = emit(with_fields(service_tier=tier))
    assert (body.get("service_tier"), len(noted)) == (sent, losses)


def test_the_user_is_said_in_the_metadata() -> None:
    body, _ = emit(with_fields(user="u-1", stream=True))
    assert body["metadata"] == {"user_id": "u-1"}
    assert body["stream"] is True


def test_fields_of_other_dialects_are_lost_one_by_one() -> None:
    _, losses = emit(
        with_fields(
            verbosity="low",
            logprobs=True,
            top_logprobs=2,
            modalities=["text", "audio"],
            metadata={"a": "b"},
            prompt_cache_key="k",
            store=True,
            extras={"openai_chat": {"prediction": {}, "_form": 1}, "anthropic_messages": {"speed": "fast"}},
        )
    )
    assert losses == [
        "dropped verbosity",
        "dropped logprobs",
        "dropped top_logprobs",
        "dropped modalities",
        "dropped metadata",
        "dropped prompt_cache_key",
        "dropped store",
        "dropped extras.openai_chat.prediction",
    ]


def test_fields_that_ask_for_nothing_are_no_loss() -> None:
    request = with_fields(logprobs=False, top_logprobs=0, modalities=["text"], metadata={}, store=False, candidates=1)
    assert emit(request)[1] == []


@pytest.mark.parametrize("fields", [{"candidates": 2}, {"previous_response_id": "resp_1"}])
def test_what_cannot_be_left_out_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(DragomanError) as caught:
        emit(with_fields(**fields))
    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.path in fields


def test_the_rest_of_a_wish_to_think_goes_with_it() -> None:
    extras = {"anthropic_messages": {"thinking": {"future": 1}}}
    request = with_fields(reasoning=ReasoningRequest("on", budget_tokens=1024), extras=extras)
    assert emit(request)[0]["thinking"]["future"] == 1
    unsigned = [HELLO, Turn("assistant", [ToolCall("1", "f", "{}")]), Turn("tool", [ToolResult("1", [])])]
    assert "thinking" not in emit(msgspec.structs.replace(request, turns=unsigned))[0]
    unknown = {"anthropic_messages": {"thinking": {"type": "between_tools"}}}
    assert emit(with_fields(extras=unknown))[0]["thinking"] == {"type": "between_tools"}
