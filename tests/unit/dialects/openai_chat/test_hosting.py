"""Paths of Azure's older API, for chat and for every operation beside it."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.dialects.openai_chat.dialect import DIALECT
from dragoman.dialects.openai_chat.hosting import build_path
from dragoman.dialects.registry import OPERATIONS
from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import encode_json

AZURE = msgspec.structs.replace(DEFAULT_PROFILE, api_version="2024-10-21")
BODY = encode_json(
    {"model": "asked", "messages": [{"role": "user", "content": "Hi."}], "input": "Hi.", "prompt": "Hi."}
)
FORM = b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nasked\r\n--b--\r\n'
PATHS = {
    "openai_embeddings": "/embeddings",
    "openai_completions": "/completions",
    "openai_images": "/images/generations",
    "openai_speech": "/audio/speech",
    "openai_transcriptions": "/audio/transcriptions",
    "openai_translations": "/audio/translations",
}


def test_elsewhere_the_path_is_as_it_was() -> None:
    assert build_path("/chat/completions", "m", DEFAULT_PROFILE) == "/chat/completions"


def test_the_model_is_one_segment_and_the_version_one_value() -> None:
    odd = msgspec.structs.replace(DEFAULT_PROFILE, api_version="1&x=2")
    assert build_path("/x", "a/b?c#d e", odd) == "/deployments/a%2Fb%3Fc%23d%20e/x?api-version=1%26x%3D2"
    for model in ("", ".", ".."):
        with pytest.raises(DragomanError, match="not the name of a model"):
            build_path("/x", model, AZURE)


def test_chat_goes_to_the_models_place_passed_on_or_translated() -> None:
    assert DIALECT.client is not None
    assert DIALECT.provider is not None
    envelope = DIALECT.client.open_envelope(BODY, None, None)
    wanted = "/deployments/mine/chat/completions?api-version=2024-10-21"
    assert DIALECT.provider.patch_request(envelope, "mine", AZURE).path == wanted
    request = msgspec.structs.replace(DIALECT.client.parse_request(envelope), model="mine")
    assert DIALECT.provider.emit_request(request, AZURE, []).path == wanted


@pytest.mark.parametrize("name", PATHS)
def test_operations_go_to_the_models_place(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.client is not None
    assert operation.provider is not None
    envelope = operation.client.open_envelope(FORM if name.endswith("tions") and "trans" in name else BODY, None, None)
    wire = operation.provider.patch_request(envelope, "mine", AZURE)
    assert wire.path == f"/deployments/mine{PATHS[name]}?api-version=2024-10-21"
    assert operation.provider.patch_request(envelope, "mine", DEFAULT_PROFILE).path == PATHS[name]


@pytest.mark.parametrize("name", ["openai_embeddings"])
def test_operations_that_are_translated_go_there_too(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.client is not None
    assert operation.provider is not None
    request = operation.client.parse_request(operation.client.open_envelope(BODY, None, None))
    path = operation.provider.emit_request(msgspec.structs.replace(request, model="mine"), AZURE, []).path
    assert path == f"/deployments/mine{PATHS[name]}?api-version=2024-10-21"


@pytest.mark.parametrize("name", ["openai_chat", "openai_embeddings", "openai_transcriptions"])
def test_a_model_in_the_path_goes_before_that_of_the_body(name: str) -> None:
    client = (OPERATIONS | {"openai_chat": DIALECT})[name].client
    assert client is not None
    body = FORM if name == "openai_transcriptions" else BODY
    assert client.open_envelope(body, "placed", None).model == "placed"
    assert client.open_envelope(body, None, None).model == "asked"


def test_a_model_that_an_api_takes_for_want_of_one_comes_last() -> None:
    client = OPERATIONS["openai_moderations"].client
    assert client is not None
    assert client.open_envelope(BODY, None, None).model == "asked"
    assert client.open_envelope(b'{"input": "x"}', None, None).model == "omni-moderation-latest"
    assert client.open_envelope(b'{"input": "x"}', "placed", None).model == "placed"
