"""The parts of a foreign answer → output items."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.emit_output import OutputWriter
from dragoman.dialects.openai_responses.tokens import unwrap_token
from dragoman.model.content import (
    Audio,
    Citation,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    RemoteUrl,
    Text,
    ToolCall,
    Video,
)
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from tests.unit.dialects.openai_responses.samples import AGENT, ANYONE, PNG, parse

NAMESPACED = parse(
    input="Hi.",
    tools=[{"type": "namespace", "name": "city", "description": "", "tools": [{"type": "function", "name": "f"}]}],
)


def output(*parts: Part, request: Request = ANYONE) -> tuple[list[Any], list[tuple[str, str]]]:
    losses: list[Loss] = []
    writer = OutputWriter("resp_1", request, losses, is_ours=False)
    writer.write(list(parts))
    return writer.items, [(loss.code, loss.path) for loss in losses]


def test_texts_that_stand_together_are_one_message() -> None:
    items, losses = output(Text("A"), Refusal("B"), ToolCall("a", "f", "{}"), Text("C"))
    assert [item["type"] for item in items] == ["message", "function_call", "message"]
    assert [item["id"] for item in items] == ["msg_1_0", "fc_1_1", "msg_1_2"]
    assert items[0]["content"] == [
        {"type": "output_text", "text": "A", "annotations": [], "logprobs": []},
        {"type": "refusal", "refusal": "B"},
    ]
    assert losses == []


def test_calls_have_the_form_that_clients_read() -> None:
    items, _ = output(ToolCall("a", "city__f", ""), ToolCall("b", "g", "free", "custom"), request=NAMESPACED)
    assert items == [
        {
            "id": "fc_1_0",
            "status": "completed",
            "call_id": "a",
            "name": "f",
            "type": "function_call",
            "arguments": "{}",
            "namespace": "city",
        },
        {
            "id": "ctc_1_1",
            "status": "completed",
            "call_id": "b",
            "name": "g",
            "type": "custom_tool_call",
            "input": "free",
        },
    ]


def test_the_signature_of_a_call_goes_ahead_of_it_if_the_client_keeps_tokens() -> None:
    call = ToolCall("a", "f", "{}", signature="Ci==", extras={"gemini_generate": {"minted": True}})
    items, losses = output(call, request=AGENT)
    assert [item["type"] for item in items] == ["reasoning", "function_call"]
    token = unwrap_token(items[0]["encrypted_content"])
    assert token is not None
    assert (token.minter, token.signature, token.call_id) == ("gemini_generate", "Ci==", "a")
    assert losses == []
    items, losses = output(call)
    assert [item["type"] for item in items] == ["function_call"]
    assert losses == [("stripped_token", "candidates[0].parts[0].signature")]


def test_thinking_whose_token_cannot_travel_is_a_loss() -> None:
    thought = Reasoning("Hm.", signature="Eq==", extras={"anthropic_messages": {"minted": True}})
    assert output(thought, request=AGENT)[1] == []
    assert output(thought)[1] == [("stripped_token", "candidates[0].parts[0]")]
    assert output(Reasoning("Hm.", signature="Eq=="), request=AGENT)[1] == [
        ("stripped_token", "candidates[0].parts[0]")
    ]
    assert output(Reasoning("Hm."))[1] == []


def test_a_generated_image_is_an_item_that_clients_know() -> None:
    items, losses = output(Image(InlineData("image/webp", PNG)), Image(RemoteUrl("https://a")))
    assert items == [
        {"id": "ig_1_0", "type": "image_generation_call", "status": "completed", "output_format": "webp", "result": PNG}
    ]
    assert losses == [("dropped", "candidates[0].parts[1].source")]


def test_audio_is_its_transcript_or_nothing() -> None:
    items, losses = output(Audio(InlineData("audio/wav", "AA=="), "Hello."), Audio(InlineData("audio/wav", "AA==")))
    assert items[0]["content"][0]["text"] == "Hello."
    assert losses == [("approximated", "candidates[0].parts[0]"), ("dropped", "candidates[0].parts[1]")]


def test_what_only_others_understand_is_a_loss() -> None:
    items, losses = output(
        Opaque("other", "server_tool", {}),
        Video(RemoteUrl("https://a")),
        Text("A", [Citation("document_page", start=1)], "Ci==", extras={"other": {"x": 1}}),
    )
    assert len(items) == 1
    assert losses == [
        ("dropped", "candidates[0].parts[0]"),
        ("dropped", "candidates[0].parts[1]"),
        ("dropped", "candidates[0].parts[2].citations[0]"),
        ("stripped_token", "candidates[0].parts[2].signature"),
        ("dropped", "candidates[0].parts[2].extras.other.x"),
    ]
