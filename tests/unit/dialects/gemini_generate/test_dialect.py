"""Both halves together."""

from __future__ import annotations

import json

from dragoman.dialects.assemble import assemble
from dragoman.dialects.gemini_generate.dialect import ARRAY_DIALECT, DIALECT
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE
from tests.unit.dialects.gemini_generate.samples import ANYONE, find, open_body, parse


def test_the_dialect_has_both_halves_under_one_name() -> None:
    assert DIALECT.client is not None
    assert DIALECT.provider is not None
    assert DIALECT.name == DIALECT.client.name == DIALECT.provider.name == "gemini_generate"


def test_a_request_goes_to_a_provider_and_its_answer_comes_back() -> None:
    vector = find("tool-call")
    client, provider = DIALECT.client, DIALECT.provider
    assert client is not None
    assert provider is not None
    assert vector.request is not None
    assert vector.response is not None
    assert vector.stream is not None
    request = client.parse_request(open_body(vector.request, stream=True))
    sent = provider.emit_request(request, DEFAULT_PROFILE, [])
    assert sent.path.endswith(":streamGenerateContent?alt=sse")
    parser = provider.open_parser()
    events = parser.feed(vector.stream) + parser.finish()
    assert b'"functionCall"' in client.open_emitter(request, []).emit(events)
    assert b'"functionCall"' in client.emit_response(provider.parse_response(vector.response), request, []).body


def test_a_count_goes_both_ways() -> None:
    body = find("text").request
    assert body is not None
    client, provider = DIALECT.client, DIALECT.provider
    assert client is not None
    assert provider is not None
    assert provider.emit_count_request(parse(body), DEFAULT_PROFILE, []) is not None
    assert provider.parse_token_count(client.emit_token_count(7).body) == 7


def test_clients_without_events_get_the_same_stream_as_an_array() -> None:
    stream = find("text").stream
    assert stream is not None
    provider, client = DIALECT.provider, ARRAY_DIALECT.client
    assert provider is not None
    assert client is not None
    parser, again = provider.open_parser(), provider.open_parser()
    events = parser.feed(stream) + parser.finish()
    array = client.open_emitter(ANYONE, []).emit(events)
    assert json.loads(array)
    assert assemble(again.feed(array) + again.finish()).candidates == assemble(events).candidates
    error = DragomanError(Kind.TIMEOUT, "late", blame="upstream")
    assert json.loads(client.emit_stream_error(error))[0]["error"]["code"] == 504


def test_stream_errors_are_the_same_with_and_without_an_emitter() -> None:
    client = DIALECT.client
    assert client is not None
    error = DragomanError(Kind.TIMEOUT, "Too slow.", blame="upstream")
    assert client.emit_stream_error(error) == client.open_emitter(ANYONE, []).fail(error)
