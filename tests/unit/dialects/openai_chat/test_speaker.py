"""One candidate's deltas turned into parts: the accents of many servers."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.openai_chat.speaker import Speaker
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Citation, Image, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.response import Finish
from tests.stream_grammar import check_events


def hear(*deltas: dict[str, Any]) -> list[s.StreamEvent]:
    speaker = Speaker(0, "c1", count())
    events: list[s.StreamEvent] = []
    for delta in deltas:
        speaker.read_delta(delta, events)
    speaker.end_parts(events)
    return events


def told(*deltas: dict[str, Any]) -> list[Part]:
    """The parts that the deltas add up to."""
    events = [s.StreamStart("c1", "m"), *hear(*deltas), s.CandidateEnd(Finish("stop")), s.StreamEnd()]
    check_events(events)
    return assemble(events).candidates[0].parts


def call(index: Any = None, **fields: Any) -> dict[str, Any]:
    piece: dict[str, Any] = {} if index is None else {"index": index}
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return {"tool_calls": [{**piece, **fields, "function": function}]}


def test_a_new_kind_of_prose_ends_the_one_before() -> None:
    events = hear({"role": "assistant", "content": ""}, {"reasoning": "hm"}, {"content": "a"}, {"refusal": "no"})
    assert [type(event).__name__ for event in events] == [
        "ReasoningStart",
        "ReasoningDelta",
        "ReasoningEnd",
        "TextStart",
        "TextDelta",
        "TextEnd",
        "RefusalStart",
        "RefusalDelta",
        "RefusalEnd",
    ]
    assert [getattr(event, "part", None) for event in events] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_text_may_come_again_after_a_call() -> None:
    parts = told({"content": "a"}, call(0, id="1", name="f", arguments="{}"), {"content": "b"})
    assert parts == [Text("a"), ToolCall("1", "f", "{}"), Text("b")]


@pytest.mark.parametrize(
    "deltas",
    [
        ({"reasoning_content": "hm", "reasoning": "hm"},),
        ({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}], "reasoning_content": "hm"},),
        ({"reasoning_content": "h"}, {"reasoning_content": "m", "reasoning": "m"}),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},),
    ],
)
def test_thinking_that_is_told_twice_is_heard_once(deltas: tuple[dict[str, Any], ...]) -> None:
    (part,) = told(*deltas)
    assert isinstance(part, Reasoning)
    assert part.text == "hm"


def test_tokens_in_details_are_gathered_for_the_end_of_the_thinking() -> None:
    parts = told(
        {"reasoning": "h", "reasoning_details": [{"type": "reasoning.text", "text": "h", "index": 0}]},
        {"reasoning": "m", "reasoning_details": [{"type": "reasoning.text", "text": "m", "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.text", "signature": "sig", "index": 0}]},
        {"content": "a"},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "enc"}]},
    )
    first, text, last = parts
    assert isinstance(first, Reasoning)
    assert isinstance(last, Reasoning)
    assert (first.text, first.signature, text) == ("hm", "sig", Text("a"))
    assert (last.text, last.encrypted) == ("", "enc")
    details = [{"type": "reasoning.text", "text": "hm", "index": 0, "signature": "sig"}]
    assert first.extras == {"openai_chat": {"reasoning_details": details, "minted": True}}


CALLS: list[tuple[str, list[dict[str, Any]], list[ToolCall]]] = [
    (
        "name and arguments at once, whole",
        [call(0, id="1", name="f", arguments='{"a":1}')],
        [ToolCall("1", "f", '{"a":1}')],
    ),
    (
        "interleaved by index",
        [
            call(0, id="1", name="f", arguments=""),
            call(1, id="2", name="g", arguments=""),
            call(0, arguments='{"a"'),
            call(1, arguments="{}"),
            call(0, arguments=":1}"),
        ],
        [ToolCall("1", "f", '{"a":1}'), ToolCall("2", "g", "{}")],
    ),
    (
        "id, name and type repeated as nothing",
        [call(0, id="1", name="f", arguments=""), call(0, id=None, name=None, arguments="{}", type="function")],
        [ToolCall("1", "f", "{}")],
    ),
    (
        "id and name repeated with every piece",
        [call(0, id="1", name="f", arguments="{"), call(0, id="1", name="f", arguments="}")],
        [ToolCall("1", "f", "{}")],
    ),
    (
        "a random id with every piece",
        [call(0, id="1", name="f", arguments="{"), call(0, id="x2", arguments="}")],
        [ToolCall("1", "f", "{}")],
    ),
    (
        "every call at index zero",
        [call(0, id="1", name="f", arguments="{}"), call(0, id="2", name="f", arguments="[]")],
        [ToolCall("1", "f", "{}"), ToolCall("2", "f", "[]")],
    ),
    (
        "no index at all",
        [call(id="1", name="f", arguments="{"), call(arguments="}"), call(id="2", name="g", arguments="{}")],
        [ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}")],
    ),
    (
        "arguments before the name",
        [call(0, id="1", arguments="{"), call(0, name="f", arguments="}")],
        [ToolCall("1", "f", "{}")],
    ),
    ("arguments as an object", [call(0, id="1", name="f", arguments={"a": 1})], [ToolCall("1", "f", '{"a":1}')]),
    ("no id", [call(0, name="f", arguments="{}")], [ToolCall("call_c1_0_0", "f", "{}")]),
    ("no arguments", [call(0, id="1", name="f")], [ToolCall("1", "f", "")]),
    (
        "the legacy form",
        [{"function_call": {"name": "f"}}, {"function_call": {"arguments": "{}"}}],
        [ToolCall("call_c1_0_0", "f", "{}")],
    ),
    (
        "a custom tool's free text",
        [
            {"tool_calls": [{"index": 0, "id": "1", "type": "custom", "custom": {"name": "c", "input": "a"}}]},
            {"tool_calls": [{"index": 0, "custom": {"input": "b"}}]},
        ],
        [ToolCall("1", "c", "ab", "custom")],
    ),
]


@pytest.mark.parametrize(("deltas", "calls"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS])
def test_calls_are_told_apart(deltas: list[dict[str, Any]], calls: list[ToolCall]) -> None:
    assert told(*deltas) == calls


def test_a_call_without_a_name_is_the_providers_fault() -> None:
    with pytest.raises(DragomanError, match="no name"):
        hear(call(0, id="1", arguments="{}"))


def test_a_signed_call_says_whose_signature_it_is() -> None:
    extra = {"google": {"thought_signature": "sig"}}
    (start, *_) = hear(call(0, id="1", name="f", arguments="{}", extra_content=extra))
    assert isinstance(start, s.ToolCallStart)
    assert start.signature == "sig"
    assert start.extras == {
        "openai_chat": {"_form": {"extra_content": extra}, "minted": True},
        "gemini_generate": {"minted": True},
    }


def test_citations_hang_on_the_open_text_or_stay_in_the_dialect() -> None:
    url = {"url": "https://a", "title": "A", "start_index": 0, "end_index": 1}
    annotation = {"type": "url_citation", "url_citation": url}
    assert told({"content": "a"}, {"annotations": [annotation]}) == [
        Text("a", [Citation("url", "https://a", "A", start=0, end=1)])
    ]
    (event,) = hear({"annotations": [annotation]})
    assert event == s.OpaqueEvent(Opaque("openai_chat", "delta", {"index": 0, "delta": {"annotations": [annotation]}}))
    assert hear({"annotations": []}) == []


def test_content_may_come_as_parts() -> None:
    reference = {"type": "reference", "reference_ids": [1]}
    parts = told(
        {"content": [{"type": "text", "text": "a"}]},
        {"content": "b"},
        {"content": [reference, {"type": "text", "text": ""}]},
    )
    assert parts == [Text("ab"), Opaque("openai_chat", "reference", reference)]


def test_pictures_come_in_one_piece() -> None:
    (part,) = told({"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]})
    assert isinstance(part, Image)


@pytest.mark.parametrize("field", ["content", "images"])
def test_a_refusal_among_the_parts_is_one(field: str) -> None:
    assert told({field: [{"type": "refusal", "refusal": "No."}]}) == [Refusal("No.")]
    assert told({field: [{"type": "text", "text": "Yes."}]}) == [Text("Yes.")]


def test_a_refusal_is_remembered_for_the_finish() -> None:
    speaker = Speaker(0, "", count())
    events: list[s.StreamEvent] = []
    speaker.read_delta({"refusal": "No."}, events)
    assert speaker.has_refusal
    speaker.end_parts(events)
    assert told({"refusal": "No."}) == [Refusal("No.")]


def test_unknown_fields_are_kept_for_our_own_dialect_and_noise_is_not() -> None:
    (event,) = hear({"role": "assistant", "token_id": 5, "padding": "abc", "executed_tools": [{"index": 0}]})
    value = {"index": 0, "delta": {"executed_tools": [{"index": 0}]}}
    assert event == s.OpaqueEvent(Opaque("openai_chat", "delta", value))


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": {}},
        {"tool_calls": [3]},
        {"reasoning_details": {}},
        {"reasoning_details": [3]},
        {"reasoning": 3},
        {"refusal": []},
        {"audio": "a"},
        {"content": [3]},
    ],
)
def test_what_cannot_be_understood_is_the_providers_fault(delta: dict[str, Any]) -> None:
    with pytest.raises(DragomanError) as caught:
        hear(delta)
    assert caught.value.blame == "upstream"
