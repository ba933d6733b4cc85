"""Which class a block is of, and what it makes of its pieces."""

from __future__ import annotations

import pytest

from dragoman.dialects.bedrock_converse.stream_blocks import (
    CallBlock,
    Events,
    GatheredBlock,
    OpenBlock,
    RedactedBlock,
    TextBlock,
    ThinkingBlock,
    join_blobs,
    select_block,
)
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Image, InlineData, Opaque
from tests.unit.dialects.bedrock_converse.samples import Fields


@pytest.mark.parametrize(
    ("start", "delta", "kind"),
    [
        ({}, {"text": "a"}, TextBlock),
        ({}, {"citation": {}}, TextBlock),
        ({}, {"reasoningContent": {"text": "a"}}, ThinkingBlock),
        ({}, {"reasoningContent": {"signature": "a"}}, ThinkingBlock),
        ({}, {"reasoningContent": {"redactedContent": "a"}}, RedactedBlock),
        ({"toolUse": {"toolUseId": "1", "name": "f"}}, {}, CallBlock),
        ({"toolUse": {"toolUseId": "1", "name": "f", "type": "server_tool_use"}}, {}, GatheredBlock),
        ({"toolResult": {"toolUseId": "1"}}, {}, GatheredBlock),
        ({"image": {"format": "png"}}, {}, GatheredBlock),
    ],
)
def test_the_start_or_the_first_delta_tells_the_kind(start: Fields, delta: Fields, kind: type[OpenBlock]) -> None:
    assert select_block(start, delta) is kind


def test_a_call_without_a_name_is_refused() -> None:
    block = CallBlock(0, {"toolUse": {"toolUseId": "1", "name": ""}})
    with pytest.raises(DragomanError, match="without a name"):
        block.open(Events())


def gather(start: Fields, *deltas: Fields) -> object:
    block, events = GatheredBlock(0, start), Events()
    block.open(events)
    for delta in deltas:
        block.absorb(delta, events)
    block.close(events)
    (done,) = events
    assert isinstance(done, s.PartDone)
    return done.content


def test_an_image_is_put_together_from_its_pieces() -> None:
    first, second = {"image": {"source": {"bytes": "AAAA"}}}, {"image": {"source": {"bytes": "AQ=="}}}
    assert gather({"image": {"format": "jpeg"}}, first, second) == Image(InlineData("image/jpeg", "AAAAAQ=="))


def test_an_image_that_could_not_be_drawn_is_carried_along() -> None:
    value = {"image": {"format": "png", "error": {"message": "no"}}}
    assert gather({"image": {"format": "png"}}, {"image": {"error": {"message": "no"}}}) == Opaque(
        "bedrock_converse", "image", value
    )


def test_a_tool_of_the_provider_is_told_with_its_arguments() -> None:
    start = {"toolUse": {"toolUseId": "1", "name": "search", "type": "server_tool_use"}}
    told = gather(start, {"toolUse": {"input": '{"q"'}}, {"toolUse": {"input": ':"x"}'}})
    assert told == Opaque("bedrock_converse", "toolUse", {"toolUse": {**start["toolUse"], "input": {"q": "x"}}})


def test_a_single_blob_stays_as_it_came_and_several_are_joined() -> None:
    assert join_blobs(["not base64"]) == "not base64"
    assert join_blobs(["AA==", "AQ=="]) == "AAE="
    with pytest.raises(DragomanError):
        join_blobs(["AA==", "?"])
