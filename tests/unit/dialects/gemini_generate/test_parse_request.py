"""A client's request as turns and settings."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.parse_request import open_envelope
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.content import Text
from dragoman.model.request import Turn, read_bare
from tests.unit.dialects.gemini_generate.samples import emit, find, parse

HI = {"contents": [{"parts": [{"text": "Hi"}]}]}


def test_model_and_stream_flag_come_from_the_url() -> None:
    envelope = open_envelope(b'{"model":"models/other","contents":[]}', "models/gemini-2.5-pro", True)
    assert (envelope.model, envelope.stream) == ("gemini-2.5-pro", True)


def test_the_model_of_the_body_counts_where_the_url_has_none() -> None:
    assert open_envelope(b'{"model":"models/gemini-2.5-pro"}', None, None).model == "gemini-2.5-pro"
    with pytest.raises(DragomanError) as caught:
        open_envelope(b"{}", None, None)
    assert caught.value.path == "model"


@pytest.mark.parametrize(
    "contents", ["Hi", ["Hi"], {"parts": [{"text": "Hi"}]}, [{"role": "user", "parts": {"text": "Hi"}}]]
)
def test_the_short_forms_of_contents_are_one_user_turn(contents: Any) -> None:
    (turn,) = parse({"contents": contents}).turns
    assert (turn.role, turn.parts) == ("user", [Text("Hi")])


def test_system_text_is_the_first_turn() -> None:
    turns = parse({**HI, "systemInstruction": "Be brief."}).turns
    assert turns[0] == Turn("system", [Text("Be brief.")], shorthand=True)
    assert turns[1].role == "user"


def test_a_text_alone_is_a_bare_one_unless_it_is_empty_or_signed() -> None:
    said = [[{"text": "Hi."}], [{"text": ""}], [{"text": "Hi.", "thoughtSignature": "c2ln"}], [{"text": "Hi."}] * 2]
    turns = parse({"contents": [{"role": "model", "parts": parts} for parts in said]}).turns
    assert [read_bare(turn) for turn in turns] == ["Hi.", None, None, None]


def test_the_role_of_system_text_means_nothing_but_comes_out_again() -> None:
    body = {"systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]}, "contents": "Hi"}
    request = parse(body)
    assert request.turns[0].extras == {NAME: {"_role": "user"}}
    assert emit(request, [])["systemInstruction"] == body["systemInstruction"]


def test_results_among_other_parts_become_turns_of_their_own_that_are_joined() -> None:
    body = find("tool-result-parallel").request
    assert body is not None
    turns = parse(body).turns
    assert [(turn.role, turn.joined) for turn in turns] == [
        ("user", False),
        ("assistant", False),
        ("tool", False),
        ("user", True),
    ]
    assert len(turns[2].parts) == 2


def test_a_count_request_may_wrap_the_generating_one() -> None:
    wrapped = parse({"generateContentRequest": {"model": "models/x", **HI, "cachedContent": "c"}})
    assert wrapped.turns == parse(HI).turns
    assert wrapped.extras == {NAME: {"cachedContent": "c"}}


def test_what_has_no_canonical_word_rides_in_extras() -> None:
    body = find("request-extras").request
    assert body is not None
    request = parse(body)
    assert request.extras is not None
    assert request.extras[NAME].keys() == {"safetySettings", "cachedContent", "labels"}
    assert (request.service_tier, request.store) == ("flex", False)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "contents"),
        ({"contents": [1]}, "contents[0]"),
        ({"contents": 1}, "contents[0]"),
        ({"contents": [{"role": "narrator", "parts": []}]}, "contents[0].role"),
        ({"contents": [*HI["contents"], {"role": {}, "parts": []}]}, "contents[1].role"),
        ({"contents": [{"parts": [{"text": 1}]}]}, "contents[0].parts[0].text"),
        ({**HI, "systemInstruction": 1}, "systemInstruction"),
        ({**HI, "systemInstruction": {"parts": [{"text": 1}]}}, "systemInstruction.parts[0].text"),
        ({**HI, "generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
        ({**HI, "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        ({**HI, "toolConfig": {"functionCallingConfig": {"mode": "SOME"}}}, "toolConfig.functionCallingConfig.mode"),
    ],
)
def test_a_mistake_is_refused_with_its_path(body: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(body)
    assert (caught.value.path, caught.value.status, caught.value.blame) == (path, 400, "client")
