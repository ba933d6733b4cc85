"""The list of models, as `GET /v1/models` answers it."""

from __future__ import annotations

from dragoman.dialects.base import WireReply
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields


def emit_models(cards: list[ModelCard]) -> WireReply:
    """All models."""
    return WireReply(200, encode_json({"object": "list", "data": [_describe(card) for card in cards]}))


def emit_model(card: ModelCard) -> WireReply:
    """One model."""
    return WireReply(200, encode_json(_describe(card)))


def _describe(card: ModelCard) -> Fields:
    """OpenAI's four fields; the limits, where they are known, under the names that Groq gave them."""
    described: Fields = {"id": card.id, "object": "model", "created": card.created_unix, "owned_by": card.owner}
    if card.context_window is not None:
        described["context_window"] = card.context_window
    if card.max_output_tokens is not None:
        described["max_completion_tokens"] = card.max_output_tokens
    return described
