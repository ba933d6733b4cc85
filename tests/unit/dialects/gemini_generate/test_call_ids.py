"""Ids where Gemini has none."""

from __future__ import annotations

import re

from dragoman.dialects.gemini_generate.call_ids import fill_call_ids, is_synthetic, make_id, make_seed
from dragoman.model.content import Part, Text, ToolCall, ToolResult
from tests.unit.dialects.gemini_generate.samples import Fields, emit, find, parse


def call(name: str, **more: str) -> Fields:
    return {"role": "model", "parts": [{"functionCall": {"name": name, "args": {}, **more}}]}


def answer(name: str, **more: str) -> Fields:
    return {"functionResponse": {"name": name, "response": {"result": "x"}, **more}}


def pairs(*contents: Fields) -> list[str]:
    request = parse({"contents": list(contents)})
    return [part.call_id for turn in request.turns for part in turn.parts if isinstance(part, ToolResult)]


def call_ids(*contents: Fields) -> list[str]:
    request = parse({"contents": list(contents)})
    return [part.id for turn in request.turns for part in turn.parts if isinstance(part, ToolCall)]


def test_results_find_their_calls_by_name_and_order() -> None:
    calls = {"role": "model", "parts": [*call("a")["parts"], *call("b")["parts"], *call("a")["parts"]]}
    results = {"role": "user", "parts": [answer("b"), answer("a"), answer("a")]}
    first, second, third = call_ids(calls)
    assert len({first, second, third}) == 3
    assert pairs(calls, results) == [second, first, third]


def test_ids_that_are_there_are_kept_and_taken_out_of_the_queue() -> None:
    calls = {"role": "model", "parts": [*call("a", id="x")["parts"], *call("a", id="y")["parts"]]}
    assert pairs(calls, {"role": "user", "parts": [answer("a", id="x"), answer("a")]}) == ["x", "y"]


def test_a_result_that_answers_nothing_has_an_id_of_its_own() -> None:
    (lone,) = pairs({"role": "user", "parts": [answer("a")]})
    assert is_synthetic(lone)


def test_an_id_that_the_client_left_out_does_not_appear_on_the_wire() -> None:
    contents = [call("a", id="x"), {"role": "user", "parts": [answer("a")]}]
    assert emit(parse({"contents": contents}), [])["contents"] == contents


def test_synthetic_ids_never_reach_the_wire() -> None:
    body = find("tool-result-parallel").request
    assert body is not None
    assert "gemini_call" not in str(emit(parse(body), []))


def test_answers_with_different_ids_give_different_calls() -> None:
    parts: list[Part] = [Text("x"), ToolCall("", "a", "{}"), ToolCall("given", "a", "{}"), ToolCall("", "a", "{}")]
    fill_call_ids(parts, "one")
    ids = [part.id for part in parts if isinstance(part, ToolCall)]
    assert ids == [make_id("one", 0), "given", make_id("one", 2)]
    assert not set(ids) & {make_id("two", 0), make_id("two", 2)}


def test_a_seed_is_short_and_safe_for_every_dialect() -> None:
    for response_id in ("pZ1TaB2cD3eF4gH5iJ6kL7m", "", "x" * 200, "schräg/id"):
        made = make_id(make_seed(response_id, b"{}"), 12)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", made)
    assert make_seed("", b"one") != make_seed("", b"two")


def test_a_long_conversation_in_reverse_is_paired_in_time() -> None:
    calls = {"role": "model", "parts": [part for n in range(20_000) for part in call(f"f{n}")["parts"]]}
    results = {"role": "user", "parts": [answer(f"f{n}") for n in reversed(range(20_000))]}
    assert pairs(calls, results) == list(reversed(call_ids(calls)))
