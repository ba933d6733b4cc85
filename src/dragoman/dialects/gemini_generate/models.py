"""Lists of models, as `GET /v1beta/models` gives them. Spec: https://ai.google.dev/api/models"""

from __future__ import annotations

from dragoman.dialects.base import WireReply
from dragoman.dialects.gemini_generate.marks import Fields
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import encode_json

_METHODS = ["generateContent", "countTokens"]


def emit_models(cards: list[ModelCard]) -> WireReply:
    """All models on one page."""
    return WireReply(200, encode_json({"models": [_emit_card(card) for card in cards]}))


def emit_model(card: ModelCard) -> WireReply:
    """One model."""
    return WireReply(200, encode_json(_emit_card(card)))


def _emit_card(card: ModelCard) -> Fields:
    limits = {"inputTokenLimit": card.context_window, "outputTokenLimit": card.max_output_tokens}
    return {
        "name": f"models/{card.id}",
        "displayName": card.display_name or card.id,
        **{name: limit for name, limit in limits.items() if limit is not None},
        "supportedGenerationMethods": _METHODS,
    }
