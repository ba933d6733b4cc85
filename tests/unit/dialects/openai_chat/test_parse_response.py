"""A finished answer into the model."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_response import make_call_id, parse_citation, parse_response
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Citation, Text, ToolCall
from dragoman.model.response import Candidate, Finish
from dragoman.wire.json_document import encode_json

CALL = {"function": {"name": "f", "arguments": "{}"}}


def parse(*choices: Any, **fields: Any) -> Any:
    return parse_response(encode_json({"id": "c1", "model": "m", "choices": list(choices), **fields}))


def test_what_many_servers_leave_out_is_not_missed() -> None:
    response = parse_response(b'{"choices":[{"message":{"content":"a"}}]}')
    assert (response.id, response.model, response.created_unix, response.usage) == ("", "", None, None)
    assert response.candidates == [Candidate([Text("a")], Finish("other"))]


def test_fields_of_body_choice_and_message_are_put_by_where_they_stood() -> None:
    response = parse(
        {"message": {"content": "a", "padding": "x"}, "finish_reason": "stop", "native_finish_reason": "STOP"},
        citations=["https://a"],
        system_fingerprint=None,
        created=5,
        service_tier="default",
    )
    assert response.extras == {"openai_chat": {"citations": ["https://a"]}}
    assert (response.created_unix, response.service_tier) == (5, "default")
    (candidate,) = response.candidates
    assert candidate.extras == {"openai_chat": {"padding": "x"}}
    assert candidate.finish.extras == {"openai_chat": {"native_finish_reason": "STOP"}}


def test_a_missing_index_is_the_position() -> None:
    response = parse({"message": {}}, {"message": {}, "index": "b"}, {"message": {}, "index": 7})
    assert [candidate.index for candidate in response.candidates] == [0, 1, 7]


def test_calls_without_an_id_get_one_that_differs_from_all_others() -> None:
    response = parse({"message": {"tool_calls": [CALL, {**CALL, "id": "x"}]}}, {"message": {"tool_calls": [CALL]}})
    ids = [part.id for candidate in response.candidates for part in candidate.parts if isinstance(part, ToolCall)]
    assert ids == ["call_c1_0_0", "x", "call_c1_1_0"]
    assert make_call_id("", "0_0") == "call_0_0"


def test_what_a_filter_has_left_out_is_an_empty_answer() -> None:
    (candidate,) = parse({"finish_reason": "content_filter"}).candidates
    assert (candidate.parts, candidate.finish.reason) == ([], "content_filter")


URL = {"url": "https://a", "title": "A", "start_index": 0, "end_index": 1}


@pytest.mark.parametrize(
    ("annotation", "citation"),
    [
        (
            {"type": "url_citation", "url_citation": {**URL, "content": "quote", "x": 1}},
            Citation("url", "https://a", "A", "quote", start=0, end=1, extras={"openai_chat": {"x": 1}}),
        ),
        (
            {"type": "url_citation", "url_citation": {"url": "https://a"}},
            Citation(
                "other",
                "https://a",
                extras={"openai_chat": {"annotation": {"type": "url_citation", "url_citation": {"url": "https://a"}}}},
            ),
        ),
        ({"type": "file"}, Citation("other", extras={"openai_chat": {"annotation": {"type": "file"}}})),
    ],
)
def test_an_annotation_is_a_citation(annotation: dict[str, Any], citation: Citation) -> None:
    assert parse_citation(annotation) == citation


def test_annotations_hang_on_the_only_text_or_are_put_by() -> None:
    annotation = {"type": "url_citation", "url_citation": URL}
    (cited,) = parse({"message": {"content": "ab", "annotations": [annotation]}}).candidates
    assert cited.parts == [Text("ab", [Citation("url", "https://a", "A", start=0, end=1)])]
    (bare,) = parse({"message": {"content": None, "annotations": [annotation]}}).candidates
    assert bare.extras == {"openai_chat": {"annotations": [annotation]}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "JSON object"),
        (b"[]", "JSON object"),
        (b"{}", "choices"),
        (b'{"choices":[]}', "no choices"),
        (b'{"choices":[3]}', r"choices\[0\]"),
        (b'{"choices":[{"message":{}},{"message":3}]}', r"choices\[1\].message"),
        (b'{"choices":[{"message":{"tool_calls":[{}]}}]}', r"choices\[0\].tool_calls\[0\].function"),
        (b'{"choices":[{"message":{},"logprobs":3}]}', r"choices\[0\].logprobs"),
    ],
)
def test_what_is_no_answer_is_the_providers_fault(body: bytes, words: str) -> None:
    with pytest.raises(DragomanError, match=words) as caught:
        parse_response(body)
    assert (caught.value.kind, caught.value.blame, caught.value.status) == (Kind.UNAVAILABLE, "upstream", 502)


def test_an_error_with_status_200_is_raised_as_what_it_is() -> None:
    body = b'{"error":{"message":"Too long.","code":"context_length_exceeded"}}'
    with pytest.raises(DragomanError) as caught:
        parse_response(body)
    assert (caught.value.kind, caught.value.blame, caught.value.status) == (Kind.CONTEXT_LENGTH, "client", 400)
    assert caught.value.reply is not None
    assert caught.value.reply.body == body
