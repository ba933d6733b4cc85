"""The list of models."""

from __future__ import annotations

from dragoman.dialects.openai_chat.models import emit_model, emit_models
from dragoman.model.card import ModelCard
from dragoman.wire.json_document import decode_object

SMALL = ModelCard("small", "me")
LARGE = ModelCard("large", "you", context_window=8192, max_output_tokens=1024, created_unix=5)


def test_a_list_tells_openais_fields_and_the_limits_that_are_known() -> None:
    assert decode_object(emit_models([SMALL, LARGE]).body) == {
        "object": "list",
        "data": [
            {"id": "small", "object": "model", "created": 0, "owned_by": "me"},
            {
                "id": "large",
                "object": "model",
                "created": 5,
                "owned_by": "you",
                "context_window": 8192,
                "max_completion_tokens": 1024,
            },
        ],
    }


def test_one_model_is_told_as_in_the_list() -> None:
    assert decode_object(emit_model(LARGE).body) == decode_object(emit_models([LARGE]).body)["data"][0]
