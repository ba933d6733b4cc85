"""What servers of one's own say of their models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.catalog.listings import (
    MAX_MODELS,
    OLLAMA_DEFAULT_CONTEXT,
    ListedModel,
    read_chat_models,
    read_loaded,
    read_models,
    read_properties,
    read_shown,
    read_tags,
)

ONE, TWO = ListedModel("one"), ListedModel("two", 100)


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_list_in_openais_form_may_tell_contexts_in_several_words() -> None:
    entries = [
        {"id": "vllm", "max_model_len": 32_768},
        {"id": "plain"},
        {"id": "loaded", "max_context_length": 131_072, "loaded_context_length": 8192},
        {"id": "odd", "context_length": -1},
        {"id": 7},
        {"id": "plain"},
        "nonsense",
    ]
    listed = {model.name: model.context_window for model in read_models(encode({"data": entries}), ())}
    assert listed == {"vllm": 32_768, "plain": None, "loaded": 8192, "odd": None}


def test_models_that_only_embed_are_left_out_where_a_server_says_which_do() -> None:
    entries = [{"id": "talks", "type": "llm"}, {"id": "embeds", "type": "embeddings"}]
    assert [model.name for model in read_chat_models(encode({"data": entries}), ())] == ["talks"]


def test_llamacpp_tells_the_context_of_the_one_model_that_it_has_loaded() -> None:
    body = encode({"default_generation_settings": {"n_ctx": 4096}})
    assert read_properties(body, (ONE,)) == (ListedModel("one", 4096),)
    assert read_properties(b"{}", (ONE,)) == (ONE,)


@pytest.mark.parametrize(
    ("parameters", "trained", "window"),
    [
        ('stop "<|im_end|>"\nnum_ctx                        16384\ntemperature 0.7', 131_072, 16_384),
        ("temperature 0.7", 131_072, OLLAMA_DEFAULT_CONTEXT),
        (None, 131_072, OLLAMA_DEFAULT_CONTEXT),
        ("num_ctx 65536", 32_768, 32_768),
        ("temperature 0.7", 2048, 2048),
    ],
)
def test_ollama_serves_the_context_that_a_model_was_made_with_and_not_the_one_it_could_have(
    parameters: str | None, trained: int, window: int
) -> None:
    body = encode({"parameters": parameters, "model_info": {"llama.context_length": trained, "llama.block_count": 16}})
    assert read_shown(body, (ONE,)) == (ListedModel("one", window),)


def test_a_model_that_ollama_has_loaded_has_the_context_that_it_was_loaded_with() -> None:
    body = encode({"models": [{"name": "two", "context_length": 40_000}, {"name": "gone", "context_length": 1}]})
    assert read_loaded(body, (ONE, TWO)) == (ONE, ListedModel("two", 40_000))


def test_ollamas_tags_are_names() -> None:
    assert read_tags(encode({"models": [{"name": "llama3.2:3b"}, {"name": "a\nb"}, {}]}), ()) == (
        ListedModel("llama3.2:3b"),
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"data":{}}', b'{"models":7,"data":[[]]}', b"\xff"])
def test_what_makes_no_sense_is_no_model(body: bytes) -> None:
    assert read_models(body, ()) == read_tags(body, ()) == read_chat_models(body, ()) == ()
    assert read_loaded(body, (TWO,)) == read_properties(body, (TWO,)) == (TWO,)


def test_a_list_without_end_is_cut_off() -> None:
    entries = [{"id": f"m{number}"} for number in range(MAX_MODELS + 10)]
    assert len(read_models(encode({"data": entries}), ())) == MAX_MODELS
