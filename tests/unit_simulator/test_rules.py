"""What each dialect refuses, and what looks odd and is legal.

Each case changes a good request in one place. Refusals come through the socket, in the dialect's own shape; legal ones
were seen to be accepted by the makers.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Fault, Simulator
from tests.unit_simulator.wire import CHAT, GEMINI, MESSAGES, PLACES, RESPONSES, Wire, ask

GOOD: dict[str, dict[str, Any]] = {
    "chat": CHAT,
    "anthropic": MESSAGES,
    "responses": RESPONSES,
    "gemini": GEMINI,
    "gemini-3": GEMINI,
}

USER = {"role": "user", "content": "Hello"}


def chat_calls(*ids: str) -> dict[str, Any]:
    calls = [{"id": name, "type": "function", "function": {"name": "look", "arguments": "{}"}} for name in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def chat_result(name: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": "sea"}


def uses(*ids: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": i, "name": "look", "input": {}} for i in ids]}


def results(*ids: str, before: str = "", after: str = "") -> dict[str, Any]:
    blocks: list[Any] = [{"type": "tool_result", "tool_use_id": name, "content": "sea"} for name in ids]
    texts = [[{"type": "text", "text": text}] if text else [] for text in (before, after)]
    return {"role": "user", "content": [*texts[0], *blocks, *texts[1]]}


def said(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def tool(name: str = "look", **schema: Any) -> dict[str, Any]:
    return {"name": name, "input_schema": {"type": "object"} | schema}


ASKED = said("user", {"text": "Hello"})
CALL = {"functionCall": {"name": "look", "args": {}}}
SIGNED = CALL | {"thoughtSignature": "c2ln"}
RESPONSE = {"functionResponse": {"name": "look", "response": {"sea": "blue"}}}
THINK = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
ITEM_CALL = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
ITEM_OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "sea"}
DEEP = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string", "const": "x"}}}}


def declare(**schema: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "look"} | schema]}]}


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("chat", "model", {"model": None}),
    ("chat", "messages", {"messages": []}),
    ("chat", "role", {"messages": [{"role": "robot", "content": "x"}]}),
    ("chat", "null is only for", {"messages": [{"role": "user", "content": None}]}),
    ("chat", "null is only for", {"messages": [USER, {"role": "assistant", "content": None}]}),
    ("chat", "without an answer: b", {"messages": [USER, chat_calls("a", "b"), chat_result("a"), USER]}),
    ("chat", "without an answer: a", {"messages": [USER, chat_calls("a")]}),
    ("chat", "must answer a 'tool_calls'", {"messages": [USER, chat_result("a")]}),
    ("chat", "must answer a 'tool_calls'", {"messages": [USER, chat_calls("a"), chat_result("a"), chat_result("a")]}),
    ("chat", "content[0].type", {"messages": [{"role": "tool", "content": [{"type": "image_url"}]}]}),
    ("chat", "must match", {"tools": [{"type": "function", "function": {"name": "a b"}}]}),
    (
        "chat",
        "type object",
        {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "array"}}}]},
    ),
    ("chat", "needs tools", {"tool_choice": "auto"}),
    ("chat", "needs stream", {"stream_options": {"include_usage": True}}),
    ("chat", "cannot both", {"max_tokens": 1, "max_completion_tokens": 1}),
    ("chat", "between 0 and 2", {"temperature": 2.5}),
    ("chat", "wrong type", {"response_format": {"type": []}}),
    ("anthropic", "max_tokens: Field required", {"max_tokens": None}),
    ("anthropic", "Extra inputs", {"stop": ["x"]}),
    ("anthropic", "Extra inputs", {"messages": [USER | {"name": "x"}]}),
    ("anthropic", "role", {"messages": [{"role": "tool", "content": "x"}]}),
    ("anthropic", "non-empty", {"messages": [{"role": "user", "content": ""}]}),
    ("anthropic", "non-empty", {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}),
    ("anthropic", "trailing whitespace", {"messages": [USER, {"role": "assistant", "content": "So "}]}),
    ("anthropic", "immediately after: b", {"messages": [USER, uses("a", "b"), results("a")]}),
    ("anthropic", "immediately after: a", {"messages": [USER, uses("a"), USER, USER]}),
    ("anthropic", "after them: a", {"messages": [USER, uses("a")]}),
    ("anthropic", "unexpected `tool_use_id`", {"messages": [results("a")]}),
    ("anthropic", "come first", {"messages": [USER, uses("a"), results("a", before="Look:")]}),
    ("anthropic", "must be unique", {"messages": [USER, uses("a", "a"), results("a")]}),
    ("anthropic", "should match pattern", {"messages": [USER, uses("call|1"), results("call|1")]}),
    ("anthropic", "names must be unique", {"tools": [tool(), tool()]}),
    ("anthropic", "with type object", {"tools": [{"name": "look"}]}),
    ("anthropic", "together with tools", {"tool_choice": {"type": "auto"}}),
    ("anthropic", "not found in tools", {"tools": [tool()], "tool_choice": {"type": "tool", "name": "x"}}),
    ("anthropic", "may only be set to 1", THINK | {"temperature": 0.5}),
    ("anthropic", "forces tool use", THINK | {"tools": [tool()], "tool_choice": {"type": "any"}}),
    ("anthropic", "between 1024 and 63", THINK | {"max_tokens": 64}),
    ("anthropic", "Expected `thinking`", THINK | {"messages": [USER, uses("a"), results("a")]}),
    (
        "anthropic",
        "signature",
        {"messages": [USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}]},
    ),
    ("anthropic", "between 0 and 1", {"temperature": 1.5}),
    (
        "anthropic",
        "cache_control",
        {"tools": [tool(f"t{n}") | {"cache_control": {"type": "ephemeral"}} for n in range(5)]},
    ),
    ("anthropic", "wrong type", {"thinking": "yes"}),
    ("responses", "'input'", {"input": None}),
    ("responses", "Unknown parameter: 'messages'", {"messages": []}),
    ("responses", "between 16", {"max_output_tokens": 8}),
    (
        "responses",
        "content[0].type",
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
    ),
    ("responses", "content[0].type", {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}),
    ("responses", "tools[0].name", {"tools": [{"type": "function", "function": {"name": "look"}}]}),
    ("responses", "No tool output found", {"input": [ITEM_CALL]}),
    ("responses", "No tool call found", {"input": [ITEM_OUTPUT]}),
    ("responses", "begin with 'fc'", {"input": [ITEM_CALL | {"id": "call_1"}, ITEM_OUTPUT]}),
    ("responses", "without its following", {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}, USER]}),
    ("responses", "text.format.name", {"text": {"format": {"type": "json_schema", "schema": {}}}}),
    ("gemini", "contents", {"contents": []}),
    ("gemini", 'Unknown name "messages"', {"messages": []}),
    ("gemini", 'Unknown name "maxTokens"', {"generationConfig": {"maxTokens": 1}}),
    ("gemini", "valid role", {"contents": [said("assistant", {"text": "x"})]}),
    ("gemini", "must not be empty", {"contents": [said("user")]}),
    ("gemini", "one initialized field", {"contents": [said("user", {"thought": True})]}),
    ("gemini", "already set", {"contents": [said("user", {"text": "x"} | RESPONSE)]}),
    ("gemini", "immediately after a function call turn", {"contents": [said("user", RESPONSE)]}),
    ("gemini", "1, not 2", {"contents": [ASKED, said("model", CALL, CALL), said("user", RESPONSE)]}),
    ("gemini", "0, not 1", {"contents": [ASKED, said("model", CALL), ASKED]}),
    ("gemini", "after a user turn", {"contents": [said("model", CALL), said("user", RESPONSE)]}),
    (
        "gemini",
        'Unknown name "additionalProperties"',
        declare(parameters={"type": "object", "additionalProperties": False}),
    ),
    ("gemini", 'Unknown name "const"', declare(parameters=DEEP)),
    ("gemini", "cannot start list", declare(parameters={"type": ["string", "null"]})),
    ("gemini", "TYPE_STRING", declare(parameters={"type": "integer", "enum": [1]})),
    ("gemini", "property is not defined", declare(parameters={"type": "object", "required": ["x"]})),
    ("gemini", "Invalid function name", {"tools": [{"functionDeclarations": [{"name": "a b"}]}]}),
    ("gemini-3", "thought_signature", {"contents": [ASKED, said("model", CALL), said("user", RESPONSE)]}),
]

LEGAL: list[tuple[str, dict[str, Any]]] = [
    ("chat", {"messages": [USER, chat_calls("a", "b"), chat_result("b"), chat_result("a")]}),
    ("chat", {"top_k": 5, "reasoning_effort": "low"}),
    ("anthropic", {"messages": [USER, uses("a", "b"), results("b"), results("a", after="And now?")]}),
    ("anthropic", {"messages": [USER, {"role": "system", "content": "Be brief."}, USER]}),
    ("anthropic", {"messages": [uses("a"), results("a")]}),
    ("anthropic", {"thinking": {"type": "adaptive"}, "tools": [tool()], "tool_choice": {"type": "any"}}),
    ("responses", {"input": [ITEM_CALL, ITEM_OUTPUT]}),
    ("responses", {"input": [ITEM_OUTPUT], "previous_response_id": "resp_1"}),
    ("responses", {"input": [{"type": "reasoning", "summary": [], "encrypted_content": "x"}, USER]}),
    ("gemini", {"contents": [ASKED, said("model", CALL, CALL), said("user", RESPONSE), said("user", RESPONSE)]}),
    ("gemini", {"system_instruction": {"parts": {"text": "x"}}, "generation_config": {"max_output_tokens": 5}}),
    ("gemini", declare(parametersJsonSchema={"type": "object", "additionalProperties": False})),
    ("gemini-3", {"contents": [ASKED, said("model", SIGNED, CALL), said("user", RESPONSE, RESPONSE)]}),
    (
        "gemini-3",
        {"contents": [ASKED, said("model", CALL), said("user", RESPONSE), said("model", {"text": "x"}), ASKED]},
    ),
]


@pytest.mark.parametrize(("place", "message", "change"), REFUSED)
def test_what_the_real_api_refuses_is_refused(
    simulator: Simulator, place: str, message: str, change: dict[str, Any]
) -> None:
    simulator.script(fault=Fault(status=500))
    answer = ask(simulator, GOOD[place] | change, place)
    assert answer.status == 400
    assert message in answer.json["error"]["message"]
    [record] = simulator.journal
    assert record.outcome == "refused"
    assert simulator.complaints == [record.complaint]
    assert simulator.pending_scripts == 1, "a request that is refused by rule uses up no script"


@pytest.mark.parametrize(("place", "change"), LEGAL)
def test_what_looks_odd_and_is_legal_is_answered(simulator: Simulator, place: str, change: dict[str, Any]) -> None:
    ask(simulator, GOOD[place] | change, place)
    assert simulator.complaints == []
    assert simulator.journal[0].outcome == "complete"


def test_a_simulator_that_does_not_judge_takes_anything_that_is_json() -> None:
    with Simulator(judge=False) as simulator:
        assert ask(simulator, {"model": "m", "tool_choice": "any"}).status == 200
        assert simulator.complaints == []


@pytest.mark.parametrize("place", ["chat", "anthropic", "responses", "gemini"])
def test_a_credential_belongs_into_the_place_of_its_dialect(simulator: Simulator, place: str) -> None:
    foreign = {"x-api-key": "sk-2"} if place != "anthropic" else {"x-goog-api-key": "sk-2"}
    assert ask(simulator, GOOD[place], place, headers=foreign).status == 401
    nothing = dict.fromkeys(("authorization", "x-api-key", "x-goog-api-key"), "")
    assert ask(simulator, GOOD[place], place, headers=nothing).status == 401
    assert ask(simulator, GOOD[place], place).status == 200
    assert [record.outcome for record in simulator.journal] == ["refused", "refused", "complete"]


def test_anthropic_wants_its_version_and_takes_a_bearer_too(simulator: Simulator) -> None:
    assert ask(simulator, MESSAGES, "anthropic", headers={"anthropic-version": ""}).status == 400
    bearer = {"x-api-key": "", "authorization": "Bearer sk-2"}
    assert ask(simulator, MESSAGES, "anthropic", headers=bearer).status == 200
    both = {"authorization": "Bearer sk-2"}
    assert ask(simulator, MESSAGES, "anthropic", headers=both).status == 401
    assert [record.key for record in simulator.journal] == ["sk-test", "sk-2", "sk-2"]


def test_a_body_that_is_no_json_object_is_refused_in_the_shape_of_the_dialect(simulator: Simulator) -> None:
    for place in ("chat", "anthropic", "responses", "gemini"):
        path, credentials = PLACES[place]
        head = "".join(f"{name}: {value}\r\n" for name, value in credentials.items())
        for body in (b"{", b"[]", b'{"a": "\xff"}', b""):
            with Wire(simulator) as wire:
                line = f"POST {path} HTTP/1.1\r\n{head}connection: close\r\ncontent-length: {len(body)}\r\n\r\n"
                wire.socket.sendall(line.encode() + body)
                assert "not valid JSON" in wire.read_to_end().json["error"]["message"]
