"""Lists of models, as a client of this maker expects them.

Spec: https://platform.openai.com/docs/api-reference/models. The known limits stand beside the four fields of the wire.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import WireReply
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import encode_json


def emit_models(cards: list[ModelCard]) -> WireReply:
    """The whole list."""
    return WireReply(200, encode_json({"object": "list", "data": [_entry(card) for card in cards]}))


def emit_model(card: ModelCard) -> WireReply:
    """One model."""
    return WireReply(200, encode_json(_entry(card)))


def _entry(card: ModelCard) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": card.id, "object": "model", "created": card.created_unix, "owned_by": card.owner}
    limits = {"context_window": card.context_window, "max_output_tokens": card.max_output_tokens}
    return entry | {name: limit for name, limit in limits.items() if limit is not None}
