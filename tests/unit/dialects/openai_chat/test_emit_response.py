"""Answers of another dialect as chat completions."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.emit_response import emit_citation, emit_response
from dragoman.model.content import (
    Audio,
    Citation,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    StoredFile,
    Text,
    ToolCall,
)
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.openai_chat.samples import ANYONE


def emit(*parts: Part, finish: Finish | None = None, **fields: Any) -> tuple[dict[str, Any], list[Loss]]:
    losses: list[Loss] = []
    candidate = Candidate(list(parts), finish or Finish("stop"))
    reply = emit_response(Response("msg_1", "claude", [candidate], **fields), ANYONE, losses)
    assert (reply.status, reply.content_type) == (200, b"application/json")
    return decode_object(reply.body), losses


def test_all_that_openais_types_demand_is_there() -> None:
    body, losses = emit(Text("Hello!"), usage=Usage(input=3, output=2), created_unix=5, service_tier="standard")
    usage = body.pop("usage")
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (3, 2, 5)
    assert body == {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 5,
        "model": "claude",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello!", "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "service_tier": "default",
    }
    assert losses == []


def test_thinking_stands_in_the_field_that_clients_read() -> None:
    body, losses = emit(Reasoning("hm"), Reasoning(summary=["so", "then"]), Reasoning(redacted="x"), Text("a"))
    assert body["choices"][0]["message"]["reasoning_content"] == "hmso\n\nthen"
    assert [(loss.code, loss.path) for loss in losses] == [("stripped_token", "candidates[0].parts[2]")]


def test_text_after_a_call_joins_the_text_before_it() -> None:
    body, losses = emit(Text("a"), ToolCall("1", "f", "{}"), Text("b"), finish=Finish("tool_calls"))
    assert body["choices"][0]["message"]["content"] == "ab"
    assert [(loss.code, loss.path) for loss in losses] == [("moved", "candidates[0].parts[2]")]


def test_text_after_a_picture_is_told_before_it() -> None:
    body, losses = emit(Image(InlineData("image/png", "AA")), Text("Here it is."))
    assert body["choices"][0]["message"]["content"] == "Here it is."
    assert [(loss.code, loss.path) for loss in losses] == [("moved", "candidates[0].parts[1]")]


def test_citations_count_from_the_beginning_of_all_text() -> None:
    body, losses = emit(
        Text("The sky is "),
        Text(
            "blue.",
            [
                Citation("url", "https://a", "A", "quote", start=0, end=4),
                Citation("search_result", "https://b"),
                Citation("document_char", document_index=0, start=1, end=2),
            ],
            signature="sig",
        ),
    )
    first, second = body["choices"][0]["message"]["annotations"]
    assert first["url_citation"] == {
        "url": "https://a",
        "title": "A",
        "start_index": 11,
        "end_index": 15,
        "content": "quote",
    }
    assert second["url_citation"] == {"url": "https://b", "title": "", "start_index": 11, "end_index": 16}
    assert [(loss.code, loss.path) for loss in losses] == [
        ("stripped_token", "candidates[0].parts[1].signature"),
        ("approximated", "candidates[0].parts[1].citations[1]"),
        ("dropped", "candidates[0].parts[1].citations[2]"),
    ]


def test_an_annotation_that_was_kept_whole_goes_back_whole() -> None:
    kept = {"type": "file", "file": {"name": "a"}}
    assert emit_citation(Citation("other", extras={"openai_chat": {"annotation": kept}}), 3, 4) == kept


def test_googles_signature_stands_where_its_own_chat_endpoint_puts_it() -> None:
    body, losses = emit(ToolCall("1", "f", "{}", signature="sig"), finish=Finish("tool_calls"))
    (call,) = body["choices"][0]["message"]["tool_calls"]
    assert call["extra_content"] == {"google": {"thought_signature": "sig"}}
    assert losses == []


def test_no_arguments_are_an_empty_object_unless_the_answer_was_cut() -> None:
    for reason, expected in (("tool_calls", "{}"), ("length", "")):
        body, _ = emit(ToolCall("1", "f", ""), finish=Finish(reason))  # type: ignore[arg-type]
        assert body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == expected


def test_a_refusal_in_its_own_words_ends_as_a_stop() -> None:
    body, _ = emit(Refusal("No."), finish=Finish("refusal", wire="refusal"))
    assert body["choices"][0]["message"]["refusal"] == "No."
    assert body["choices"][0]["finish_reason"] == "stop"
    body, _ = emit(Text("No."), finish=Finish("refusal", wire="refusal"))
    assert body["choices"][0]["finish_reason"] == "content_filter"


def test_pictures_and_sound_have_a_place_and_the_rest_is_a_loss() -> None:
    body, losses = emit(
        Image(InlineData("image/png", "AA")),
        Audio(InlineData("audio/wav", "BB"), "Hello"),
        Image(StoredFile("f")),
        Opaque("gemini_generate", "executable_code", {}),
    )
    message = body["choices"][0]["message"]
    assert message["images"] == [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]
    assert message["audio"] == {"id": "", "data": "BB", "expires_at": 0, "transcript": "Hello"}
    assert message["content"] is None
    assert [loss.path for loss in losses] == [
        "candidates[0].parts[1].source.media_type",
        "candidates[0].parts[2]",
        "candidates[0].parts[3]",
    ]


def test_foreign_extras_of_an_answer_are_lost_by_name() -> None:
    _, losses = emit(Text("a"), finish=Finish("stop", extras={"x": {"a": 1}}), extras={"x": {"b": 2}})
    assert [loss.path for loss in losses] == ["candidates[0].finish.extras.x.a", "extras.x.b"]
