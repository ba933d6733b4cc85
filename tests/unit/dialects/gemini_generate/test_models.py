"""Lists of models."""

from __future__ import annotations

from dragoman.dialects.gemini_generate.models import emit_model, emit_models
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import decode_object


def test_a_model_is_shown_as_google_shows_it() -> None:
    card = ModelCard("fast", "us", display_name="Fast", context_window=1000, max_output_tokens=100)
    assert decode_object(emit_model(card).body) == {
        "name": "models/fast",
        "displayName": "Fast",
        "inputTokenLimit": 1000,
        "outputTokenLimit": 100,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def test_what_is_not_known_is_not_said() -> None:
    (model,) = decode_object(emit_models([ModelCard("fast", "us")]).body)["models"]
    assert model.keys() == {"name", "displayName", "supportedGenerationMethods"}
    assert model["displayName"] == "fast"
