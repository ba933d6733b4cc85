"""Pictures in OpenAI's words, for clients of another dialect."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from dragoman.dialects.openai_chat.operations import IMAGE_PROVIDER
from dragoman.errors import DragomanError
from dragoman.model.image import ImageResponse, ask_for_images
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Sampling


def test_a_picture_is_asked_for_and_what_has_no_word_is_told() -> None:
    losses: list[Loss] = []
    request = replace(
        ask_for_images("gpt-image-1", "a cat"), count=2, size="1024x1024", ratio="1:1", sampling=Sampling(seed=1)
    )
    wire = IMAGE_PROVIDER.emit_request(request, Profile(), losses)
    assert wire.path == "/images/generations"
    assert json.loads(wire.body) == {"model": "gpt-image-1", "prompt": "a cat", "n": 2, "size": "1024x1024"}
    assert [loss.path for loss in losses] == ["ratio", "sampling.seed"]


def test_older_models_have_to_be_asked_for_the_picture_itself() -> None:
    wire = IMAGE_PROVIDER.emit_request(ask_for_images("dall-e-3", "a cat"), Profile(), [])
    assert json.loads(wire.body)["response_format"] == "b64_json"


def test_pictures_are_read_with_their_tokens() -> None:
    usage = {"input_tokens": 5, "output_tokens": 100, "total_tokens": 105}
    response = IMAGE_PROVIDER.parse_response(json.dumps({"data": [{"b64_json": "AA=="}], "usage": usage}).encode())
    assert isinstance(response, ImageResponse)
    assert response.images == ["AA=="]
    assert response.usage is not None
    assert (response.usage.input, response.usage.output_image) == (5, 100)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data":[{"url":"https://x"}]}', b'{"data":[3]}'])
def test_an_answer_without_pictures_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        IMAGE_PROVIDER.parse_response(body)
    assert caught.value.blame == "upstream"


def test_nothing_but_a_wish_for_pictures_comes_here() -> None:
    with pytest.raises(TypeError):
        IMAGE_PROVIDER.emit_request(Request("m", []), Profile(), [])
