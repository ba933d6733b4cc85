"""Recorded exchanges of this dialect come out of the model as they went in."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import Request
from dragoman.wire.json_document import decode_object, encode_json
from tests.corpus.exchanges import judge, read_exchanges
from tests.grammars.anthropic_messages import check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.anthropic_messages.normal import normalise, normalise_request, profile_for

pytestmark = pytest.mark.corpus

CLIENT = AnthropicClientSide()
PROVIDER = AnthropicProviderSide()
ANYONE = Request(model="claude", turns=[])

BROKEN_REQUESTS = {
    "112e346f46fe6a36": "sent with a schema that is not an object, to see the API refuse it",
    "eac31a94438344a9": "sent with a message that is not an object, to see the API refuse it",
}


def test_recorded_requests_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("anthropic"):
        fields = exchange["request"]
        if fields is None or exchange["id"] in BROKEN_REQUESTS:
            continue
        total += 1
        if not is_same_request(fields, exchange["model"] or "claude"):
            different.append(exchange["id"])
    judge("requests", total, different)


def is_same_request(fields: dict[str, Any], model: str) -> bool:
    losses: list[Loss] = []
    envelope = CLIENT.open_envelope(encode_json(fields), model, None)
    request = CLIENT.parse_request(envelope)
    emitted = decode_object(PROVIDER.emit_request(request, profile_for(fields), losses).body)
    return not losses and normalise_request(emitted) == normalise_request(fields, model)


def test_requests_that_were_sent_broken_are_refused_with_a_path() -> None:
    refused = []
    for exchange in read_exchanges("anthropic"):
        if exchange["id"] in BROKEN_REQUESTS:
            envelope = CLIENT.open_envelope(encode_json(exchange["request"]), "claude", None)
            with pytest.raises(DragomanError) as caught:
                CLIENT.parse_request(envelope)
            refused.append(caught.value.path)
    assert sorted(refused) == ["messages[0]", "tools[0].input_schema"]


def test_a_patched_request_differs_in_its_model_only() -> None:
    for exchange in read_exchanges("anthropic"):
        if exchange["request"] is None:
            continue
        envelope = CLIENT.open_envelope(encode_json(exchange["request"]), "claude", None)
        patched = decode_object(PROVIDER.patch_request(envelope, "other", DEFAULT_PROFILE).body)
        assert patched == {**exchange["request"], "model": "other"}


def test_recorded_answers_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("anthropic"):
        if exchange["status"] != 200 or exchange.get("response") is None:
            continue
        total += 1
        losses: list[Loss] = []
        body = encode_json(exchange["response"])
        response = PROVIDER.parse_response(body)
        emitted = decode_object(CLIENT.emit_response(response, ANYONE, losses).body)
        if losses or normalise(emitted) != normalise(exchange["response"]):
            different.append(exchange["id"])
        glance = PROVIDER.read_glance(body)
        assert (glance.id, glance.model) == (response.id, response.model)
        assert glance.usage == without_report(response.usage)
        assert glance.finish is not None
        assert glance.finish.reason == response.candidates[0].finish.reason
    judge("answers", total, different)


def test_recorded_streams_tell_the_same_after_a_round_trip() -> None:
    total, different = 0, []
    for exchange in read_exchanges("anthropic"):
        if not exchange.get("sse_text"):
            continue
        total += 1
        losses: list[Loss] = []
        parser = PROVIDER.open_parser()
        events = parser.feed(exchange["sse_text"].encode()) + parser.finish()
        check_events(events)
        emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
        check_stream(emitted)
        again = PROVIDER.open_parser()
        if losses or assemble(again.feed(emitted) + again.finish()) != assemble(events):
            different.append(exchange["id"])
    judge("streams", total, different)


def test_recorded_streams_pass_the_listener_byte_for_byte() -> None:
    for exchange in read_exchanges("anthropic"):
        if not exchange.get("sse_text"):
            continue
        data = exchange["sse_text"].encode()
        envelope = CLIENT.open_envelope(b'{"model":"claude"}', None, True)
        listener = PROVIDER.open_listener(envelope, DEFAULT_PROFILE)
        passed = b"".join(listener.feed(data[start : start + 777]) for start in range(0, len(data), 777))
        passed += listener.finish()
        assert passed.rstrip() == data.rstrip()
        parser = PROVIDER.open_parser()
        told = assemble(parser.feed(data) + parser.finish())
        assert (listener.usage, listener.response_id) == (told.usage, told.id)
        assert listener.end is not None
        assert listener.end.reason == told.candidates[0].finish.reason
        assert listener.is_meaningful


def test_recorded_errors_are_classified_and_passed_on_unmodified() -> None:
    total = 0
    for exchange in read_exchanges("anthropic"):
        if exchange["status"] == 200:
            continue
        total += 1
        body = encode_json(exchange["response"])
        error = PROVIDER.parse_error(exchange["status"], list(_headers(exchange)), body)
        assert error.status == exchange["status"]
        if error.blame == "client":
            assert CLIENT.emit_error(error).body == body
    judge("errors", total, [])


def _headers(exchange: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in exchange["response_headers"].items()]
