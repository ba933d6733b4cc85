"""A request's fields."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_request import open_envelope
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint
from dragoman.model.request import JsonOutput, ReasoningRequest, Sampling
from tests.unit.dialects.openai_chat.samples import open_body, parse_body


def test_the_envelope_knows_model_and_stream_and_nothing_else() -> None:
    envelope = open_envelope(b'{"model":"m","stream":true,"messages":3}', None, False)
    assert (envelope.model, envelope.stream) == ("m", True)


def test_the_model_may_stand_in_the_path_alone() -> None:
    assert open_envelope(b'{"messages":[]}', "path-model", None).model == "path-model"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", "model"),
        (b'{"model":3}', "model"),
        (b'{"model":""}', "model"),
        (b'{"model":"m","stream":"yes"}', "stream"),
    ],
)
def test_an_envelope_that_tells_too_little_is_refused(body: bytes, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        open_envelope(body, None, None)
    assert caught.value.path == path


def test_plain_fields_are_copied() -> None:
    request = parse_body(
        n=2,
        logprobs=True,
        top_logprobs=3,
        modalities=["text"],
        user="u",
        metadata={"a": "b"},
        service_tier="flex",
        prompt_cache_key="k",
        store=False,
        verbosity="low",
        parallel_tool_calls=False,
        temperature=1,
        top_p=0.5,
        seed=7.0,
        logit_bias={"1": -100},
        top_k=40,
    )
    assert (request.candidates, request.logprobs, request.top_logprobs, request.modalities) == (2, True, 3, ["text"])
    assert (request.user, request.metadata, request.service_tier) == ("u", {"a": "b"}, "flex")
    assert (request.prompt_cache_key, request.store, request.verbosity) == ("k", False, "low")
    assert request.parallel_tool_calls is False
    assert request.sampling == Sampling(1, 0.5, 40, seed=7, logit_bias={"1": -100})


def test_null_is_absent_and_the_unknown_is_put_by() -> None:
    request = parse_body(temperature=None, max_tokens=None, transforms=["a"], provider=None, _form=1, minted=True)
    assert request.extras == {"openai_chat": {"transforms": ["a"]}}
    assert request.sampling == Sampling()


@pytest.mark.parametrize(
    ("fields", "limit", "form"),
    [
        ({"max_tokens": 5}, 5, "max_tokens"),
        ({"max_completion_tokens": 6}, 6, "max_completion_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 6, "max_completion_tokens"),
        ({"max_completion_tokens": 6, "max_tokens": 5}, 6, "max_completion_tokens"),
    ],
)
def test_the_newer_limit_wins_and_its_name_is_remembered(fields: dict[str, Any], limit: int, form: str) -> None:
    request = parse_body(**fields)
    assert request.max_output_tokens == limit
    assert request.extras is not None
    assert request.extras["openai_chat"]["_form"] == {"limit": form}
    assert ("max_tokens" in request.extras["openai_chat"]) == (len(fields) == 2)


def test_other_spellings_mean_the_same() -> None:
    request = parse_body(
        stop="END",
        random_seed=3,
        safety_identifier="hash",
        cache_control={"type": "ephemeral"},
        response_format={"type": "json_object"},
        thinking={"type": "enabled"},
        reasoning_effort="low",
        functions=[{"name": "old"}],
        tools=[{"type": "function", "function": {"name": "new"}}],
        function_call={"name": "old"},
    )
    assert request.stop == ["END"]
    assert request.sampling.seed == 3
    assert request.user == "hash"
    assert request.cache == CacheBreakpoint()
    assert request.output == JsonOutput()
    assert request.reasoning == ReasoningRequest("on", "low")
    assert [tool.name for tool in request.tools or []] == ["new", "old"]
    assert request.tool_choice is not None
    assert request.tool_choice.names == ["old"]


def test_what_nobody_understands_of_a_known_field_is_put_by() -> None:
    request = parse_body(reasoning_effort="default", cache_control={"type": "forever"}, user="u", safety_identifier="s")
    assert request.reasoning is None
    assert request.cache is None
    assert request.extras == {
        "openai_chat": {"reasoning_effort": "default", "cache_control": {"type": "forever"}, "safety_identifier": "s"}
    }


@pytest.mark.parametrize(("options", "expected"), [(None, False), ({}, False), ({"include_usage": True}, True)])
def test_usage_in_the_stream_is_told_only_if_asked_for(options: Any, expected: bool) -> None:
    assert parse_body(stream=True, stream_options=options).stream_usage is expected


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("temperature", "hot", "temperature"),
        ("temperature", True, "temperature"),
        ("seed", 0.5, "seed"),
        ("n", "2", "n"),
        ("stop", [1], "stop"),
        ("stop", {}, "stop"),
        ("tools", {}, "tools"),
        ("tools", [{"type": "function"}], "tools[0].function"),
        ("functions", [{}], "functions[0].name"),
        ("function_call", {}, "function_call.name"),
        ("tool_choice", "x", "tool_choice"),
        ("response_format", "json", "response_format"),
        (
            "response_format",
            {"type": "json_schema", "json_schema": {"schema": 3}},
            "response_format.json_schema.schema",
        ),
        ("logit_bias", {"a": "b"}, "logit_bias"),
        ("modalities", [1], "modalities"),
        ("stream_options", [], "stream_options"),
        ("user", 3, "user"),
        ("metadata", "a", "metadata"),
        ("reasoning", {"enabled": "yes"}, "reasoning.enabled"),
    ],
)
def test_a_wrong_type_is_refused_by_name(field: str, value: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_body(**{field: value})
    assert (caught.value.path, caught.value.status) == (path, 400)


def test_a_body_nested_too_deeply_is_refused() -> None:
    deep = b'{"model":"m","messages":' + b"[" * 200 + b"]" * 200 + b"}"
    with pytest.raises(DragomanError, match="nested"):
        open_body(deep).document.decode()
