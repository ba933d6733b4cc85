"""A request's body → the model."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text
from dragoman.model.request import FunctionTool, JsonOutput, JsonSchemaOutput, ReasoningRequest, Sampling, Turn
from tests.unit.dialects.openai_responses.samples import echo, emit, parse


def test_a_bare_string_is_one_turn_of_the_user() -> None:
    request = parse(input="Say hello.")
    assert request.turns == [Turn("user", [Text("Say hello.")], shorthand=True)]
    assert emit(request)[0]["input"] == "Say hello."


def test_instructions_are_a_leading_system_turn_and_go_back_to_their_place() -> None:
    request = parse(input=[{"role": "system", "content": "One word."}], instructions="In French.")
    assert [(turn.role, turn.parts[0]) for turn in request.turns] == [
        ("system", Text("In French.")),
        ("system", Text("One word.")),
    ]
    body, _ = emit(request)
    assert body["instructions"] == "In French."
    assert body["input"] == [{"role": "system", "content": "One word."}]


@pytest.mark.parametrize("instructions", ["", [{"role": "developer", "content": "x"}]])
def test_instructions_without_a_turn_of_their_own_are_kept(instructions: Any) -> None:
    request = parse(input="Hi.", instructions=instructions)
    assert len(request.turns) == 1
    assert emit(request)[0]["instructions"] == instructions


def test_instructions_need_not_stand_before_the_input() -> None:
    request = parse(input="Hi.", instructions="One word.")
    assert [turn.role for turn in request.turns] == ["system", "user"]
    assert emit(request)[0] == {"model": "gpt", "input": "Hi.", "instructions": "One word."}


def test_a_string_and_a_list_that_holds_one_are_told_apart() -> None:
    for given in ("Hi.", [{"role": "user", "content": "Hi."}], [{"type": "message", "role": "user", "content": "Hi."}]):
        assert emit(parse(input=given))[0]["input"] == given


def test_no_field_of_a_client_passes_for_a_note_of_ours() -> None:
    request = parse(
        input=[{"role": "user", "content": "Hi."}], _input=True, _tools="x", _tool_items=1, _user_field="tools"
    )
    assert emit(request) == ({"model": "gpt", "input": [{"role": "user", "content": "Hi."}]}, [])


def test_a_request_may_lean_on_the_providers_memory_alone() -> None:
    request = parse(previous_response_id="resp_1")
    assert request.turns == []
    assert request.previous_response_id == "resp_1"
    assert emit(request)[0] == {"model": "gpt", "previous_response_id": "resp_1"}


@pytest.mark.parametrize("conversation", ["conv_1", {"id": "conv_1"}])
def test_a_conversation_is_something_that_somebody_must_remember(conversation: Any) -> None:
    request = parse(input="And?", conversation=conversation)
    assert request.previous_response_id == "conv_1"
    body, losses = emit(request)
    assert body == {"model": "gpt", "input": "And?", "conversation": conversation}
    assert losses == []
    echoed = echo(request)
    assert (echoed["conversation"], echoed["previous_response_id"]) == ({"id": "conv_1"}, None)


def test_settings_have_canonical_words() -> None:
    request = parse(
        input="Hi.",
        temperature=1,
        top_p=0.5,
        max_output_tokens=20,
        top_logprobs=3,
        include=["message.output_text.logprobs", "reasoning.encrypted_content"],
        reasoning={"effort": "high", "summary": "auto"},
        text={"format": {"type": "json_object"}, "verbosity": "low"},
        parallel_tool_calls=False,
        store=False,
        service_tier="flex",
        prompt_cache_key="k",
        metadata={"a": "b"},
    )
    assert request.sampling == Sampling(temperature=1, top_p=0.5)
    assert (request.max_output_tokens, request.top_logprobs, request.logprobs) == (20, 3, True)
    assert request.reasoning == ReasoningRequest(effort="high", display="summary", summary="auto", encrypted=True)
    assert (request.output, request.verbosity) == (JsonOutput(), "low")
    assert (request.parallel_tool_calls, request.store) == (False, False)
    assert (request.service_tier, request.prompt_cache_key, request.metadata) == ("flex", "k", {"a": "b"})
    includes = ["message.output_text.logprobs", "reasoning.encrypted_content"]
    assert request.extras == {NAME: {"_input": True, "_include": includes}}


def test_no_thinking_is_an_explicit_wish() -> None:
    assert parse(reasoning={"effort": "none"}).reasoning == ReasoningRequest(mode="off", effort="none")


def test_words_that_the_model_does_not_know_ride_on() -> None:
    request = parse(reasoning={"effort": "cosmic", "context": "all_turns"}, background=True, text={"tone": "dry"})
    assert request.reasoning == ReasoningRequest()
    assert request.extras == {
        NAME: {"background": True, "reasoning": {"effort": "cosmic", "context": "all_turns"}, "text": {"tone": "dry"}}
    }
    body, _ = emit(request)
    assert body["reasoning"] == {"effort": "cosmic", "context": "all_turns"}


def test_a_schema_is_read_with_all_that_belongs_to_it() -> None:
    format_ = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True, "lax": 1}
    request = parse(input="Hi.", text={"format": format_})
    assert request.output == JsonSchemaOutput({"type": "object"}, "n", None, True)
    assert emit(request)[0]["text"] == {"format": format_}


def test_a_format_that_the_model_does_not_know_rides_on() -> None:
    format_ = {"type": "grammar", "grammar": "start: x"}
    request = parse(input="Hi.", text={"format": format_})
    assert request.output is None
    assert emit(request)[0]["text"] == {"format": format_}


def test_a_user_has_two_names_on_the_wire() -> None:
    for fields in ({"user": "ada"}, {"safety_identifier": "s1"}, {"user": "ada", "safety_identifier": "s1"}):
        request = parse(input="Hi.", **fields)
        assert request.user == fields.get("safety_identifier", "ada")
        assert {name: emit(request)[0][name] for name in fields} == fields


def test_tools_that_come_as_an_item_join_the_others_and_go_back_to_their_place() -> None:
    items = [
        {"role": "user", "content": "Hi."},
        {"type": "additional_tools", "role": "developer", "tools": [{"type": "function", "name": "late"}]},
        {"role": "user", "content": "Ho."},
    ]
    own = [{"type": "function", "name": "early", "strict": True}]
    request = parse(input=items, tools=own)
    assert request.tools == [FunctionTool("early", strict=True), FunctionTool("late")]
    assert len(request.turns) == 2
    body, losses = emit(request)
    assert body["input"] == items
    assert [tool["name"] for tool in body["tools"]] == ["early"]
    assert not losses
    assert "tools" not in emit(parse(input=items))[0]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"input": 7}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": "Hi.", "temperature": "hot"}, "temperature"),
        ({"input": "Hi.", "max_output_tokens": 1.5}, "max_output_tokens"),
        ({"input": "Hi.", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "Hi.", "text": {"format": 7}}, "text.format"),
        ({"input": "Hi.", "text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
        ({"input": "Hi.", "text": {"verbosity": 7}}, "text.verbosity"),
        ({"input": "Hi.", "reasoning": {"summary": 7}}, "reasoning.summary"),
        ({"input": "Hi.", "include": "all"}, "include"),
        ({"input": [{"type": "additional_tools", "tools": [{}]}]}, "input[0].tools[0].type"),
        ({"input": [{"type": "additional_tools", "tools": []}, 7]}, "input[1]"),
    ],
)
def test_a_malformed_request_is_refused_with_its_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        parse(**fields)
    assert raised.value.path == path
    assert raised.value.kind is Kind.INVALID_REQUEST
    assert raised.value.blame == "client"
