"""Pictures in OpenAI's words, for clients of another dialect.

Spec: https://platform.openai.com/docs/api-reference/images. Newer models always answer in Base64 and refuse to be asked
for it; the older ones have to be asked, and are the only ones that do.
"""

from __future__ import annotations

from dragoman.dialects.base import WireRequest
from dragoman.dialects.openai_chat.operations_usage import read_usage
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model.image import ImageRequest, ImageResponse
from dragoman.model.loss import Loss
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields, read_optional, read_required

PATH = "/images/generations"
_ASKED = "dall-e-"


def emit_request(request: ImageRequest, losses: list[Loss]) -> WireRequest:
    """The request to a provider."""
    body: Fields = {"model": request.model, "prompt": request.prompt}
    if request.count is not None:
        body["n"] = request.count
    if request.size is not None:
        body["size"] = request.size
    if request.model.startswith(_ASKED):
        body["response_format"] = "b64_json"
    if request.ratio is not None:
        losses.append(Loss("dropped", "ratio", "the API takes a size instead"))
    if request.sampling.seed is not None:
        losses.append(Loss("dropped", "sampling.seed"))
    return WireRequest(PATH, encode_json(body))


def parse_response(body: bytes) -> ImageResponse:
    """What a provider answers. A picture that lies somewhere else is none: whoever asked wants it here."""
    try:
        fields = decode_object(body)
        images = [read_required(entry, "b64_json", str) for entry in read_required(fields, "data", list)]
        usage = read_usage(read_optional(fields, "usage", dict))
    except (DragomanError, AttributeError):
        raise malformed_upstream("The provider's answer holds no pictures.") from None
    return ImageResponse("", "", [], usage, images=images)
