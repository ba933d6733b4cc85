"""The two halves as the rest of the house uses them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.openai_responses.dialect import DIALECT
from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.errors import DragomanError
from dragoman.model.content import Text
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import Turn
from dragoman.wire.json_document import decode_object, encode_json
from tests.unit.dialects.openai_responses.samples import CLIENT, PROVIDER, ask, parse, read


def test_both_halves_are_there() -> None:
    client: ClientSide | None = DIALECT.client
    provider: ProviderSide | None = DIALECT.provider
    assert client is not None
    assert provider is not None
    assert DIALECT.name == client.name == provider.name == "openai_responses"
    assert client.stream_content_type == b"text/event-stream"
    assert client.heartbeat is not None
    assert client.heartbeat.startswith(b":")


def test_an_envelope_knows_model_and_stream() -> None:
    envelope = CLIENT.open_envelope(b'{"model":"gpt","stream":true,"input":"Hi."}', None, None)
    assert (envelope.model, envelope.stream) == ("gpt", True)
    assert not CLIENT.open_envelope(b'{"model":"gpt","stream":null}', None, None).stream


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", "model"),
        (b'{"model":""}', "model"),
        (b'{"model":7}', "model"),
        (b'{"model":"gpt","stream":"yes"}', "stream"),
        (b"[]", ""),
        (b'{"model":"a","model":"b"}', ""),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused(body: bytes, path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        CLIENT.open_envelope(body, None, None)
    assert raised.value.path == path
    assert raised.value.status == 400


def test_only_the_model_changes_on_the_way_to_a_provider_of_this_dialect() -> None:
    body = b'{ "input" : "Hi. \\u00e9" , "model":"alias", "stream" : false }'
    sent = PROVIDER.patch_request(CLIENT.open_envelope(body, None, None), "gpt-5", DEFAULT_PROFILE)
    assert sent.path == "/responses"
    assert sent.body == body.replace(b'"alias"', b'"gpt-5"')
    assert sent.headers == ()


def test_envelopes_of_other_dialects_stay_behind_on_that_way() -> None:
    envelope = wrap_token(CarriedToken("anthropic_messages", signature="Eq=="))
    own = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    items: list[Any] = [{"role": "user", "content": 'what is "dgm1."?'}, {**own, "encrypted_content": envelope}, own]
    body = encode_json({"model": "alias", "input": items})
    sent = PROVIDER.patch_request(CLIENT.open_envelope(body, None, None), "gpt-5", DEFAULT_PROFILE)
    assert decode_object(sent.body) == {"model": "gpt-5", "input": [items[0], items[2]]}
    text = encode_json({"model": "alias", "input": f'"{envelope}"'})
    kept = PROVIDER.patch_request(CLIENT.open_envelope(text, None, None), "gpt-5", DEFAULT_PROFILE)
    assert decode_object(kept.body)["input"] == f'"{envelope}"'


def test_a_count_asks_only_for_what_counts() -> None:
    asked = parse(
        input="Hi.", temperature=0.5, stream=True, truncation="auto", tools=[{"type": "function", "name": "f"}]
    )
    sent = PROVIDER.emit_count_request(asked, DEFAULT_PROFILE, [])
    assert sent is not None
    assert sent.path == "/responses/input_tokens"
    assert decode_object(sent.body).keys() == {"model", "input", "tools", "truncation"}
    foreign = PROVIDER.emit_count_request(ask(Turn("user", [Text("Hi.")])), DEFAULT_PROFILE, [])
    assert foreign is not None
    assert decode_object(foreign.body).keys() == {"model", "input"}


def test_a_count_is_told_and_read() -> None:
    told = CLIENT.emit_token_count(11)
    assert decode_object(told.body) == {"object": "response.input_tokens", "input_tokens": 11}
    assert PROVIDER.parse_token_count(told.body) == 11


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"input_tokens":-1}', b'{"input_tokens":"11"}', b'{"input_tokens":1.5}']
)
def test_a_count_that_is_none_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as raised:
        PROVIDER.parse_token_count(body)
    assert raised.value.blame == "upstream"


def test_what_codex_sends_is_understood() -> None:
    request = CLIENT.parse_request(CLIENT.open_envelope(read("codex", "request"), None, None))
    assert request.tools is not None
    assert [tool.name for tool in request.tools] == ["get_weather", "apply_patch", "mcp__get_time"]
    assert [turn.role for turn in request.turns] == ["system", "developer", "developer", "user"]
    assert request.reasoning is not None
    assert request.reasoning.encrypted


@pytest.mark.parametrize("is_recalled", [False, True])
def test_thinking_under_a_name_of_ours_is_left_out_of_what_was_recalled(is_recalled: bool) -> None:
    kept: list[Any] = [
        {"type": "reasoning", "id": "rs_theirs", "summary": []},
        {"type": "reasoning", "id": "rs_dragoman_1_0", "summary": [], "encrypted_content": "theirs"},
        {"role": "user", "content": "Hi"},
    ]
    ours = {"type": "reasoning", "id": "rs_dragoman_1_0", "summary": []}
    envelope = CLIENT.open_envelope(encode_json({"model": "gpt", "input": [ours, *kept]}), None, None)
    envelope = msgspec.structs.replace(envelope, is_recalled=is_recalled)
    sent = decode_object(PROVIDER.patch_request(envelope, "gpt", DEFAULT_PROFILE).body)
    assert sent["input"] == (kept if is_recalled else [ours, *kept])
