"""The list of models."""

from __future__ import annotations

import json

from dragoman.model.card import ModelCard
from tests.unit.dialects.ai_sdk_gateway.samples import CLIENT, V3_CLIENT

CARDS = [ModelCard("openai/gpt-5", "openai"), ModelCard("fast", "groq", display_name="Fast one")]


def test_each_model_has_its_specification_in_the_client_s_version() -> None:
    for client, version in ((CLIENT, "v4"), (V3_CLIENT, "v3")):
        models = json.loads(client.emit_models(CARDS).body)["models"]
        assert models[0] == {
            "id": "openai/gpt-5",
            "name": "openai/gpt-5",
            "specification": {"specificationVersion": version, "provider": "openai", "modelId": "openai/gpt-5"},
            "modelType": "language",
        }
        assert models[1]["name"] == "Fast one"


def test_prices_are_not_invented() -> None:
    assert "pricing" not in json.loads(CLIENT.emit_model(CARDS[0]).body)
