"""Lists of models, as the maker's SDK reads them."""

from __future__ import annotations

from openai.types import Model

from dragoman.model.card import ModelCard
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.openai_responses.samples import CLIENT

CARD = ModelCard("gpt-x", "openai", context_window=1000, created_unix=5)


def test_a_list_of_models_is_what_the_sdk_reads() -> None:
    listed = decode_object(CLIENT.emit_models([CARD, ModelCard("b", "o")]).body)
    assert listed["object"] == "list"
    assert [Model.model_validate(entry).id for entry in listed["data"]] == ["gpt-x", "b"]


def test_one_model_tells_only_the_limits_that_are_known() -> None:
    assert decode_object(CLIENT.emit_model(CARD).body) == {
        "id": "gpt-x",
        "object": "model",
        "created": 5,
        "owned_by": "openai",
        "context_window": 1000,
    }
