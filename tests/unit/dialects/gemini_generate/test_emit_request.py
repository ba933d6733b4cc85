"""The model's request, from whatever dialect it comes, for a Gemini provider."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.emit_request import build_path
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Opaque, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import Request, Turn
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.gemini_generate.samples import PROVIDER, codes, emit, emit_turns, find, open_body, parse

HI = Turn("user", [Text("Hi")])


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-2.5-pro", "/models/gemini-2.5-pro:generateContent"),
        ("models/gemini-2.5-pro", "/models/gemini-2.5-pro:generateContent"),
        ("tunedModels/mine", "/tunedModels/mine:generateContent"),
        ("publishers/google/models/gemini-2.5-pro", "/publishers/google/models/gemini-2.5-pro:generateContent"),
        ("odd name?#", "/models/odd%20name%3F%23:generateContent"),
    ],
)
def test_a_model_has_its_path(model: str, path: str) -> None:
    assert build_path(model, "generateContent") == path


@pytest.mark.parametrize("model", ["", "models/", "../secrets", "a/../b", "a//b", "."])
def test_a_model_cannot_lead_to_another_place(model: str) -> None:
    with pytest.raises(DragomanError) as caught:
        build_path(model, "generateContent")
    assert caught.value.path == "model"


def test_streams_are_asked_for_as_events() -> None:
    request = Request(model="m", turns=[HI], stream=True)
    assert PROVIDER.emit_request(request, DEFAULT_PROFILE, []).path == "/models/m:streamGenerateContent?alt=sse"


def test_a_request_of_this_dialect_keeps_its_bytes() -> None:
    body = find("snake-case").request
    assert body is not None
    patched = PROVIDER.patch_request(open_body(body, "alias", stream=True), "gemini-2.5-pro", DEFAULT_PROFILE)
    assert patched.body is body
    assert patched.path == "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"


def test_all_system_text_goes_to_its_field() -> None:
    losses: list[Loss] = []
    body = emit_turns(
        Turn("system", [Text("A")]),
        HI,
        Turn("developer", [Text("B")]),
        Turn("user", [Text("Yo")], name="Bo"),
        losses=losses,
    )
    assert body["systemInstruction"] == {"parts": [{"text": "A"}, {"text": "B"}]}
    assert [content["role"] for content in body["contents"]] == ["user", "user"]
    assert codes(losses) == [("moved", "turns[2]"), ("dropped", "turns[3].name")]


def test_system_text_alone_becomes_the_users() -> None:
    losses: list[Loss] = []
    body = emit_turns(Turn("system", [Text("A")]), losses=losses)
    assert body == {"contents": [{"role": "user", "parts": [{"text": "A"}]}]}
    assert codes(losses) == [("moved", "turns[0]")]


def test_results_of_one_step_stand_in_one_content() -> None:
    body = emit_turns(
        HI,
        Turn("assistant", [ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")]),
        Turn("tool", [ToolResult("a", [Text("1")])]),
        Turn("tool", [ToolResult("b", [Text("2")])]),
        Turn("user", [Text("Go on.")]),
    )
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user", "user"]
    assert [part["functionResponse"]["name"] for part in body["contents"][2]["parts"]] == ["f", "g"]


def test_a_turn_of_which_nothing_is_left_is_left_out() -> None:
    losses: list[Loss] = []
    body = emit_turns(HI, Turn("assistant", [Opaque("openai_responses", "web_search_call", {})]), HI, losses=losses)
    assert [content["role"] for content in body["contents"]] == ["user", "user"]
    assert codes(losses) == [("dropped", "turns[1].parts[0]")]


def test_a_dummy_stands_in_for_the_signature_of_each_step_that_has_none() -> None:
    profile = Profile(dummy_signature="dummy")
    body = emit_turns(
        HI,
        Turn("assistant", [Text("x"), ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")]),
        Turn("tool", [ToolResult("a", []), ToolResult("b", [])]),
        Turn("assistant", [ToolCall("c", "f", "{}"), ToolCall("d", "f", "{}", signature="real")]),
        profile=profile,
    )
    signatures = [[part.get("thoughtSignature") for part in content["parts"]] for content in body["contents"]]
    assert signatures == [[None], [None, "dummy", None], [None, None], [None, "real"]]


def test_what_has_no_place_is_a_loss() -> None:
    request = Request(
        model="m",
        turns=[HI],
        parallel_tool_calls=False,
        verbosity="low",
        user="me",
        metadata={"a": "b"},
        service_tier="scale",
        prompt_cache_key="k",
        cache=CacheBreakpoint(),
        extras={"openai_chat": {"prediction": {}}},
    )
    losses: list[Loss] = []
    assert emit(request, losses) == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    assert sorted(path for _, path in codes(losses)) == [
        "cache",
        "extras.openai_chat.prediction",
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "service_tier",
        "user",
        "verbosity",
    ]


def test_tiers_are_translated() -> None:
    for given, emitted in (("default", "standard"), ("flex", "flex"), ("auto", None)):
        losses: list[Loss] = []
        assert emit(Request(model="m", turns=[HI], service_tier=given), losses).get("serviceTier") == emitted
        assert losses == []


def test_an_earlier_answer_by_id_is_refused() -> None:
    with pytest.raises(DragomanError) as caught:
        emit(Request(model="m", turns=[HI], previous_response_id="resp_1"), [])
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "previous_response_id")


def test_a_count_request_holds_the_whole_request() -> None:
    body = find("system-prompt").request
    assert body is not None
    request = PROVIDER.emit_count_request(parse(body), DEFAULT_PROFILE, [])
    assert request.path == "/models/gemini-2.5-flash:countTokens"
    assert decode_object(request.body) == {
        "generateContentRequest": {"model": "models/gemini-2.5-flash", **decode_object(body)}
    }
