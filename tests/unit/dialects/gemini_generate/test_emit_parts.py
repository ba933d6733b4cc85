"""Canonical parts, whatever dialect they came from, as parts of a content."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.emit_parts import PartEmitter, read_arguments
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    PlainText,
    Reasoning,
    Refusal,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from tests.unit.dialects.gemini_generate.samples import Fields, codes

FOREIGN = {"anthropic_messages": {"minted": True}}


def emit(
    *parts: Part, profile: Profile | None = None, is_answer: bool = False
) -> tuple[list[Fields], list[tuple[str, str]]]:
    losses: list[Loss] = []
    emitter = PartEmitter(losses, profile or Profile(), is_answer=is_answer)
    return emitter.emit_parts(list(parts), "turns[0]"), codes(losses)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (InlineData("image/png", "AA"), {"inlineData": {"mimeType": "image/png", "data": "AA"}}),
        (InlineData("", "AA"), {"inlineData": {"data": "AA"}}),
        (PlainText("Hé"), {"inlineData": {"mimeType": "text/plain", "data": "SMOp"}}),
        (
            RemoteUrl("https://a.example/b.PNG?size=2"),
            {"fileData": {"fileUri": "https://a.example/b.PNG?size=2", "mimeType": "image/png"}},
        ),
        (RemoteUrl("https://a.example/b"), {"fileData": {"fileUri": "https://a.example/b"}}),
        (StoredFile("gs://a/b", "image/png"), {"fileData": {"fileUri": "gs://a/b", "mimeType": "image/png"}}),
    ],
)
def test_a_source_is_written(source: Source, expected: Fields) -> None:
    assert emit(Image(source)) == ([expected], [])


def test_a_file_of_another_provider_cannot_be_reached() -> None:
    assert emit(File(StoredFile("file-abc"))) == ([], [("dropped", "turns[0].parts[0]")])
    assert emit(Audio(StoredFile("audio-1"), transcript="Hi")) == (
        [{"text": "Hi"}],
        [("approximated", "turns[0].parts[0]")],
    )


def test_a_document_in_parts_is_written_as_its_parts() -> None:
    document = File(PartList([Text("a"), Image(InlineData("image/png", "AA"))]), name="doc")
    emitted, losses = emit(document)
    assert [next(iter(part)) for part in emitted] == ["text", "inlineData"]
    assert losses == [("dropped", "turns[0].parts[0].name"), ("approximated", "turns[0].parts[0]")]


def test_what_has_no_place_is_a_loss() -> None:
    cached = Text("a", cache=CacheBreakpoint(), citations=[Citation("url", url="https://a.example")])
    image = Image(InlineData("image/png", "AA"), detail="high", extras={"openai_chat": {"x": 1}})
    _, losses = emit(cached, image, Refusal("No."), Opaque("anthropic_messages", "server_tool_use", {}))
    assert losses == [
        ("dropped", "turns[0].parts[0].cache"),
        ("dropped", "turns[0].parts[0].citations"),
        ("dropped", "turns[0].parts[1].extras.openai_chat.x"),
        ("dropped", "turns[0].parts[1].detail"),
        ("approximated", "turns[0].parts[2]"),
        ("dropped", "turns[0].parts[3]"),
    ]


def test_empty_text_is_left_out_unless_there_is_nothing_else() -> None:
    call = ToolCall("a", "f", "{}")
    assert emit(Text(""), call)[0] == [{"functionCall": {"name": "f", "args": {}, "id": "a"}}]
    assert emit(Text(""), Text(""))[0] == [{"text": ""}]
    assert emit()[0] == []


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_signatures_of_ours_go_back_byte_for_byte() -> None:
    own = {NAME: {"minted": True}}
    emitted, losses = emit(
        Text("a", signature="S1", extras=own),
        ToolCall("", "f", "{}", signature="S2"),
        Reasoning("hm", signature="S3", extras=own),
        Text("", signature="S4", extras={NAME: {"_bare": True, "minted": True}}),
    )
    assert [part.get("thoughtSignature") for part in emitted] == ["S1", "S2", "S3", "S4"]
    assert emitted[2] == {"text": "hm", "thought": True, "thoughtSignature": "S3"}
    assert emitted[3] == {"thoughtSignature": "S4"}
    assert losses == []


def test_tokens_of_others_stay_behind() -> None:
    parts: list[Part] = [
        ToolCall("", "f", "{}", signature="S", extras=FOREIGN),
        Reasoning("hm", signature="S", extras=FOREIGN),
        Reasoning(redacted="R", extras=FOREIGN),
        Reasoning(encrypted="E"),
    ]
    emitted, losses = emit(*parts)
    assert emitted == [{"functionCall": {"name": "f", "args": {}}}]
    assert losses == [("stripped_token", f"turns[0].parts[{index}]") for index in range(4)]


def test_past_thinking_of_others_is_left_out_or_replayed_as_the_profile_wants() -> None:
    assert emit(Reasoning("hm")) == ([], [("dropped", "turns[0].parts[0]")])
    replayed = emit(Reasoning(summary=["a", "b"]), profile=Profile(replay_reasoning=True))
    assert replayed == ([{"text": "a\n\nb", "thought": True}], [])


def test_an_answer_shows_its_thinking_whoever_thought_it() -> None:
    shown = emit(Reasoning("hm", signature="S", extras=FOREIGN), is_answer=True)
    assert shown == ([{"text": "hm", "thought": True}], [("stripped_token", "turns[0].parts[0]")])


# -- tools -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (ToolResult("a", [Text("Sunny")]), {"result": "Sunny"}),
        (ToolResult("a", [Text("Down")], is_error=True), {"error": "Down"}),
        (ToolResult("a", [Text('{"sky": "blue"}')]), {"sky": "blue"}),
        (ToolResult("a", [Text('{"code": 5}')], is_error=True), {"error": {"code": 5}}),
        (ToolResult("a", [Text('{"error": 5, "x": 1}')], is_error=True), {"error": 5, "x": 1}),
        (ToolResult("a", [Text("{broken")]), {"result": "{broken"}),
        (ToolResult("a", [Text("[1, 2]")]), {"result": "[1, 2]"}),
        (ToolResult("a", [Text("")]), {"result": ""}),
        (ToolResult("a", []), {}),
    ],
)
def test_a_result_is_wrapped_into_an_object(result: ToolResult, response: Fields) -> None:
    emitted, losses = emit(ToolCall("a", "f", "{}"), result)
    assert emitted[1] == {"functionResponse": {"name": "f", "response": response, "id": "a"}}
    assert losses == []


def test_the_name_of_a_result_is_that_of_its_call() -> None:
    assert emit(ToolResult("a", [], name="g"))[0][0]["functionResponse"]["name"] == "g"
    emitted, losses = emit(ToolResult("a", []))
    assert emitted[0]["functionResponse"]["name"] == "a"
    assert losses == [("defaulted", "turns[0].parts[0].name")]


def test_several_texts_of_a_result_become_one() -> None:
    emitted, losses = emit(ToolResult("a", [Text("x"), Text("y")], name="f"))
    assert emitted[0]["functionResponse"]["response"] == {"result": "x\ny"}
    assert losses == [("approximated", "turns[0].parts[0]")]


def test_media_of_a_result_stand_inside_or_behind_it() -> None:
    result = ToolResult("a", [Text("x"), Image(InlineData("image/png", "AA"))], name="f")
    image = {"inlineData": {"mimeType": "image/png", "data": "AA"}}
    inside, losses = emit(result)
    assert inside[0]["functionResponse"]["parts"] == [image]
    assert losses == []
    behind, losses = emit(result, profile=Profile(media_in_tool_results=False))
    assert "parts" not in behind[0]["functionResponse"]
    assert behind[1] == image
    assert losses == [("moved", "turns[0].parts[0]")]


def test_free_text_of_a_custom_tool_is_wrapped() -> None:
    emitted, losses = emit(ToolCall("a", "patch", "*** Begin", kind="custom"))
    assert emitted[0]["functionCall"]["args"] == {"input": "*** Begin"}
    assert losses == [("approximated", "turns[0].parts[0]")]


def test_broken_arguments_are_wrapped_in_a_history_and_never_run_from_an_answer() -> None:
    call = ToolCall("a", "f", '{"city": "Par')
    emitted, losses = emit(call)
    assert emitted[0]["functionCall"]["args"] == {"input": '{"city": "Par'}
    assert losses == [("approximated", "turns[0].parts[0].arguments")]
    emitter = PartEmitter([], is_answer=True)
    assert emitter.emit_part(call, "candidates[0].parts[0]") == []
    assert emitter.malformed == 'Malformed function call: f({"city": "Par)'


@pytest.mark.parametrize(
    ("text", "arguments"), [("", {}), (" \n", {}), ('{"a":1}', {"a": 1}), ("[1]", None), ("{", None)]
)
def test_arguments_are_an_object_or_nothing(text: str, arguments: Fields | None) -> None:
    assert read_arguments(text) == arguments


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        ("UklGRiQAAABXQVZF", "audio/wav"),
        ("SUQzBAAAAAAA", "audio/mpeg"),
        ("//uQxAAAAAAA", "audio/mpeg"),
        ("T2dnUwACAAAA", "audio/ogg"),
        ("ZkxhQwAAACIA", "audio/flac"),
        ("AAAAAAAAAAAA", "audio/pcm"),
    ],
)
def test_sound_of_an_unnamed_format_is_named_by_its_first_bytes(data: str, media_type: str) -> None:
    emitted, losses = emit(Audio(InlineData("", data), transcript="Hello!"), is_answer=True)
    assert emitted == [{"inlineData": {"mimeType": media_type, "data": data}}]
    assert losses == [
        ("dropped", "turns[0].parts[0].transcript"),
        ("defaulted", "turns[0].parts[0].source.media_type"),
    ]


def test_a_signature_that_came_through_a_chat_client_goes_back_to_its_minter() -> None:
    both = {"openai_chat": {"minted": True}, NAME: {"minted": True}}
    emitted, losses = emit(ToolCall("a", "f", "{}", signature="sig", extras=both))
    assert emitted[0]["thoughtSignature"] == "sig"
    assert losses == []
