"""The list of models, as `GET …/config` answers it."""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.wire import Version
from dragoman.dialects.base import WireReply
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields


def emit_models(cards: list[ModelCard], version: Version) -> WireReply:
    """All models."""
    return WireReply(200, encode_json({"models": [_describe(card, version) for card in cards]}))


def emit_model(card: ModelCard, version: Version) -> WireReply:
    """One model."""
    return WireReply(200, encode_json(_describe(card, version)))


def _describe(card: ModelCard, version: Version) -> Fields:
    """Prices are left out, not set to zero: the format has them as text, or not at all."""
    return {
        "id": card.id,
        "name": card.display_name or card.id,
        "specification": {"specificationVersion": f"v{version}", "provider": card.owner, "modelId": card.id},
        "modelType": "language",
    }
