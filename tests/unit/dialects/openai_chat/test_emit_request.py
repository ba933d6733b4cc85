"""Requests of another dialect, and the caller's own bytes."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.emit_request import asks_usage, patch_request
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import (
    FunctionTool,
    JsonOutput,
    ReasoningRequest,
    Request,
    Sampling,
    ToolChoice,
    Turn,
)
from tests.unit.dialects.openai_chat.samples import emit_body, open_body, parse_body

HELLO = [Turn("user", [Text("Say hello.")], shorthand=True)]
BASE = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}]}


def emit(profile: Profile = DEFAULT_PROFILE, **fields: Any) -> tuple[dict[str, Any], list[Loss]]:
    losses: list[Loss] = []
    body = emit_body(Request("m", HELLO, **fields), profile, losses)
    return {name: value for name, value in body.items() if name not in BASE}, losses


def test_every_field_that_has_a_place_is_written() -> None:
    body, losses = emit(
        tools=[FunctionTool("f")],
        tool_choice=ToolChoice("auto"),
        parallel_tool_calls=False,
        output=JsonOutput(),
        sampling=Sampling(0.5, 0.9, frequency_penalty=0.1, presence_penalty=0.2, seed=7, logit_bias={"1": 2}),
        max_output_tokens=9,
        stop=["a"],
        reasoning=ReasoningRequest(effort="low"),
        verbosity="low",
        candidates=2,
        logprobs=True,
        top_logprobs=1,
        modalities=["text"],
        user="u",
        metadata={"a": "b"},
        service_tier="standard_only",
        prompt_cache_key="k",
        store=True,
    )
    assert body == {
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "response_format": {"type": "json_object"},
        "temperature": 0.5,
        "top_p": 0.9,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "seed": 7,
        "logit_bias": {"1": 2},
        "max_completion_tokens": 9,
        "stop": ["a"],
        "reasoning_effort": "low",
        "verbosity": "low",
        "n": 2,
        "logprobs": True,
        "top_logprobs": 1,
        "modalities": ["text"],
        "user": "u",
        "metadata": {"a": "b"},
        "service_tier": "default",
        "prompt_cache_key": "k",
        "store": True,
    }
    assert losses == []


def test_what_has_no_place_is_lost_by_name() -> None:
    body, losses = emit(
        sampling=Sampling(top_k=40, min_p=0.1, repetition_penalty=1.1),
        cache=CacheBreakpoint(),
        extras={"anthropic_messages": {"context_management": {}, "_form": 1}},
    )
    assert body == {}
    assert [(loss.code, loss.path) for loss in losses] == [
        ("dropped", "sampling.top_k"),
        ("dropped", "sampling.min_p"),
        ("dropped", "sampling.repetition_penalty"),
        ("dropped", "cache"),
        ("dropped", "extras.anthropic_messages.context_management"),
    ]


def test_the_profile_chooses_between_forms() -> None:
    profile = Profile(
        max_tokens_field="max_tokens",
        extra_sampling=frozenset({"top_k"}),
        seed_field="random_seed",
        cache_control=True,
        max_output_tokens=100,
    )
    body, losses = emit(
        profile, max_output_tokens=200, sampling=Sampling(top_k=40, seed=7), cache=CacheBreakpoint("1h")
    )
    assert body == {
        "max_tokens": 100,
        "top_k": 40,
        "random_seed": 7,
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
    assert [(loss.code, loss.path) for loss in losses] == [("approximated", "max_output_tokens")]


@pytest.mark.parametrize(
    ("reasoning", "kept"), [(None, False), (ReasoningRequest("on"), False), (ReasoningRequest("off"), True)]
)
def test_sampling_is_left_out_while_a_model_reasons_that_will_not_have_it(
    reasoning: ReasoningRequest | None, kept: bool
) -> None:
    profile = Profile(sampling_with_reasoning=False, reasoning_request="none")
    body, losses = emit(profile, sampling=Sampling(temperature=0, seed=1), reasoning=reasoning)
    assert ("temperature" in body) is kept
    assert body["seed"] == 1
    assert ("sampling.temperature" in [loss.path for loss in losses]) is not kept


def test_a_conversation_that_is_kept_elsewhere_is_refused() -> None:
    with pytest.raises(DragomanError) as caught:
        emit(previous_response_id="resp_1")
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "previous_response_id")


@pytest.mark.parametrize(
    ("stream_usage", "expected"),
    [("stream_options", {"include_usage": True}), ("always", None), ("never", None)],
)
def test_a_stream_asks_for_usage_where_the_provider_can_be_asked(stream_usage: Any, expected: Any) -> None:
    body, _ = emit(Profile(stream_usage=stream_usage), stream=True, stream_usage=False)
    assert body.get("stream_options") == expected
    assert body["stream"] is True


def test_stream_options_of_the_caller_go_along() -> None:
    request = parse_body(stream=True, stream_options={"include_obfuscation": False})
    assert emit_body(request)["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_one_stop_word_is_written_as_it_came() -> None:
    assert emit_body(parse_body(stop="END"))["stop"] == "END"
    assert emit_body(parse_body(stop=["END"]))["stop"] == ["END"]


# -- the caller's own bytes ------------------------------------------------------------------------------------------


PATCHES: list[tuple[bytes, bytes]] = [
    (b'{"model": "a" , "n":1.0}', b'{"model": "b" , "n":1.0}'),
    (
        b'{"stream":true,"model":"a","x":[1,  2]}',
        b'{"stream":true,"model":"b","x":[1,  2],"stream_options":{"include_usage":true}}',
    ),
    (
        b'{"model":"a","stream":true,"stream_options":{ "include_obfuscation" : false }}',
        b'{"model":"b","stream":true,"stream_options":{ "include_obfuscation" : false,"include_usage":true }}',
    ),
    (
        b'{"model":"a","stream":true,"stream_options":{"include_usage":false, "z":1e2}}',
        b'{"model":"b","stream":true,"stream_options":{"include_usage":true, "z":1e2}}',
    ),
    (
        b'{"model":"a","stream":true,"stream_options":null}',
        b'{"model":"b","stream":true,"stream_options":{"include_usage":true}}',
    ),
    (
        b'{"model":"a","stream":true,"stream_options":{"include_usage": true}}',
        b'{"model":"b","stream":true,"stream_options":{"include_usage": true}}',
    ),
]


@pytest.mark.parametrize(("body", "expected"), PATCHES)
def test_only_what_must_change_is_changed(body: bytes, expected: bytes) -> None:
    assert patch_request(open_body(body), "b", DEFAULT_PROFILE).body == expected


def test_a_provider_that_tells_usage_anyway_is_not_asked() -> None:
    body = b'{"model":"a","stream":true}'
    assert patch_request(open_body(body), "b", Profile(stream_usage="always")).body == b'{"model":"b","stream":true}'


def test_stream_options_that_are_no_object_are_refused_by_name() -> None:
    with pytest.raises(DragomanError) as caught:
        patch_request(open_body(b'{"model":"a","stream":true,"stream_options":"yes"}'), "b", DEFAULT_PROFILE)
    assert caught.value.path == "stream_options"


@pytest.mark.parametrize(
    ("options", "expected"),
    [(b'{"include_usage":true}', True), (b'{"include_usage":1}', False), (b"3", False), (b"null", False)],
)
def test_usage_is_asked_for_by_true_alone(options: bytes, expected: bool) -> None:
    envelope = open_body(b'{"model":"a","stream_options":%b}' % options)
    assert asks_usage(envelope.document) is expected


def test_a_choice_among_no_tools_is_left_out() -> None:
    for mode in ("auto", "none"):
        assert emit(tool_choice=ToolChoice(mode)) == ({}, [])
    body, losses = emit(tool_choice=ToolChoice("required"))
    assert body == {}
    assert [(loss.code, loss.path) for loss in losses] == [("dropped", "tool_choice")]
