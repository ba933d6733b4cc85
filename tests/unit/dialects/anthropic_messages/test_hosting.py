"""Claude on Vertex AI: the model in the path, the version in the body, everything else as it was."""

from __future__ import annotations

import json

import pytest

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.dialects.anthropic_messages.hosting import build_path
from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model.content import Text
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Turn

PROVIDER = AnthropicProviderSide()
VERTEX = Profile(anthropic_version="vertex-2023-10-16")
MODEL = "claude-sonnet-4-5@20250929"


def open_envelope(body: bytes) -> Envelope:
    return AnthropicClientSide().open_envelope(body, None, None)


@pytest.mark.parametrize(
    ("stream", "path"),
    [(False, f"/models/{MODEL}:rawPredict"), (True, f"/models/{MODEL}:streamRawPredict")],
)
def test_a_translated_request_names_the_model_in_its_path_alone(stream: bool, path: str) -> None:
    wire = PROVIDER.emit_request(Request(MODEL, [Turn("user", [Text("Hi.")])], stream=stream), VERTEX, [])
    body = json.loads(wire.body)
    assert (wire.path, wire.headers) == (path, ())
    assert (body["anthropic_version"], "model" in body) == ("vertex-2023-10-16", False)


def test_the_clients_own_bytes_stay_but_for_the_model_and_the_version() -> None:
    envelope = open_envelope(b'{"model": "public", "stream": true, "messages": [ {"role":"user"} ]}')
    wire = PROVIDER.patch_request(envelope, MODEL, VERTEX)
    assert wire.path == f"/models/{MODEL}:streamRawPredict"
    assert b'"messages": [ {"role":"user"} ]' in wire.body
    assert json.loads(wire.body).keys() == {"stream", "messages", "anthropic_version"}


def test_a_model_is_one_segment_of_the_path() -> None:
    assert build_path("a/b c?d", is_stream=False) == "/models/a%2Fb%20c%3Fd:rawPredict"
    for model in ("", ".", ".."):
        with pytest.raises(DragomanError):
            build_path(model, is_stream=False)


def test_tokens_are_counted_under_a_path_of_its_own() -> None:
    wire = PROVIDER.emit_count_request(Request(MODEL, [Turn("user", [Text("Hi.")])]), VERTEX, [])
    assert wire is not None
    assert (wire.path, json.loads(wire.body)["model"]) == ("/models/count-tokens:rawPredict", MODEL)


def test_at_anthropics_own_nothing_changes() -> None:
    wire = PROVIDER.patch_request(open_envelope(b'{"model":"public"}'), MODEL, Profile())
    assert (wire.path, wire.body) == ("/v1/messages", b'{"model":"claude-sonnet-4-5@20250929"}')
