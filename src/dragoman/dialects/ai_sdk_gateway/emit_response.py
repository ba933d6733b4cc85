"""The model's answer, whole."""

from __future__ import annotations

from datetime import UTC, datetime

from dragoman.dialects.ai_sdk_gateway.content import ContentWriter
from dragoman.dialects.ai_sdk_gateway.metadata import gather_metadata
from dragoman.dialects.ai_sdk_gateway.usage import emit_usage
from dragoman.dialects.ai_sdk_gateway.warnings import emit_warnings
from dragoman.dialects.ai_sdk_gateway.wire import FINISH_TO_WIRE, Version
from dragoman.dialects.base import WireReply
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, Response
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields

_NOTHING = Candidate([], Finish("other"))


def emit_response(response: Response, losses: list[Loss], version: Version) -> WireReply:
    """The result of `doGenerate`. Only one answer can be told."""
    first, *others = response.candidates or [_NOTHING]
    losses += [Loss("dropped", f"candidates[{one.index}]", "only one answer can be told") for one in others]
    writer = ContentWriter(losses, version)
    content = [
        entry for index, part in enumerate(first.parts) for entry in writer.write(part, f"candidates[0].parts[{index}]")
    ]
    metadata = gather_metadata(first.finish, response.service_tier, response.extras, first.extras)
    put_logprobs(metadata, first.logprobs)
    body: Fields = {
        "content": content,
        "finishReason": emit_finish(first.finish),
        "usage": emit_usage(response.usage),
        "warnings": emit_warnings(losses),
        "response": emit_identity(response.id, response.model, response.created_unix),
    }
    if metadata:
        body["providerMetadata"] = metadata
    return WireReply(200, encode_json(body))


def emit_finish(finish: Finish) -> Fields:
    """One of the AI SDK's words, and the provider's own."""
    return {"unified": FINISH_TO_WIRE[finish.reason], "raw": finish.wire or finish.reason}


def emit_identity(id: str, model: str, created_unix: int | None) -> Fields:
    """Which answer this is, by whom and when."""
    identity: Fields = {"id": id} if id else {}
    if model:
        identity["modelId"] = model
    if created_unix is not None and 0 <= created_unix < _END_OF_TIME:
        identity["timestamp"] = datetime.fromtimestamp(created_unix, UTC).isoformat().replace("+00:00", "Z")
    return identity


_END_OF_TIME = 253_402_300_800
"""The year 10000, which no date can be in."""


def put_logprobs(metadata: Fields, logprobs: Fields | None) -> None:
    """Where the AI SDK's own OpenAI provider puts them."""
    if logprobs and logprobs.get("content"):
        metadata["openai"] = {**metadata.get("openai", {}), "logprobs": logprobs["content"]}
