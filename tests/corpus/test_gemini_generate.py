"""Recorded exchanges of this dialect come out of the model as they went in."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.gemini_generate.dialect import GeminiArrayClients
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import decode_object, encode_json
from tests.corpus.exchanges import judge, read_exchanges
from tests.grammars.gemini_generate import check_array, check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.gemini_generate.normal import normalise_request, normalise_response, without_timing
from tests.unit.dialects.gemini_generate.samples import ANYONE, CLIENT, PROVIDER, emit, parse, read_stream

pytestmark = pytest.mark.corpus

BROKEN_REQUESTS = {"9d93d729c2e432a6": "sent with a role that does not exist, to see the API refuse it"}


def test_recorded_requests_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("gemini"):
        fields = exchange["request"]
        if fields is None or exchange["id"] in BROKEN_REQUESTS:
            continue
        total += 1
        losses: list[Loss] = []
        emitted = emit(parse(fields), losses)
        if losses or normalise_request(emitted) != normalise_request(fields):
            different.append(exchange["id"])
    judge("requests", total, different)


def test_requests_that_were_sent_broken_are_refused_with_a_path() -> None:
    refused = []
    for exchange in read_exchanges("gemini"):
        if exchange["id"] in BROKEN_REQUESTS:
            with pytest.raises(DragomanError) as caught:
                parse(exchange["request"])
            refused.append(caught.value.path)
    assert refused == ["contents[0].role"]


def test_a_patched_request_keeps_every_byte() -> None:
    for exchange in read_exchanges("gemini"):
        if exchange["request"] is None:
            continue
        body = encode_json(exchange["request"])
        envelope = CLIENT.open_envelope(body, "models/gemini-2.5-flash", exchange["stream"])
        assert PROVIDER.patch_request(envelope, "gemini-2.5-pro", DEFAULT_PROFILE).body == body


def test_recorded_answers_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("gemini"):
        if exchange["status"] != 200 or type(exchange["response"]) is not dict:
            continue
        total += 1
        losses: list[Loss] = []
        body = encode_json(exchange["response"])
        response = PROVIDER.parse_response(body)
        emitted = decode_object(CLIENT.emit_response(response, ANYONE, losses).body)
        if losses or normalise_response(emitted) != normalise_response(exchange["response"]):
            different.append(exchange["id"])
        glance = PROVIDER.read_glance(body)
        told = (without_report(response.usage), response.id, response.model)
        assert (glance.usage, glance.id or "", glance.model or "") == told
        assert glance.finish is not None
        assert glance.finish.reason == response.candidates[0].finish.reason
    judge("answers", total, different)


def test_recorded_streams_tell_the_same_after_a_round_trip() -> None:
    total, different = 0, []
    for data in read_streams():
        total += 1
        losses: list[Loss] = []
        events = read_stream(data)
        check_events(events)
        told = without_timing(assemble(events))
        emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
        check_stream(emitted)
        array = GeminiArrayClients().open_emitter(ANYONE, []).emit(events)
        check_array(array)
        again = [without_timing(assemble(read_stream(stream))) for stream in (emitted, array)]
        if losses or again != [told, told]:
            different.append(told.id)
    judge("streams", total, different)


def test_recorded_streams_pass_the_listener_byte_for_byte() -> None:
    for data in read_streams():
        listener = PROVIDER.open_listener(CLIENT.open_envelope(b"{}", "m", True), DEFAULT_PROFILE)
        passed = b"".join(listener.feed(data[start : start + 777]) for start in range(0, len(data), 777))
        passed += listener.finish()
        told = assemble(read_stream(data))
        if data.startswith(b"data"):
            assert passed.rstrip() == data.rstrip()
        else:
            assert assemble(read_stream(passed)) == told
        assert (listener.usage, listener.response_id) == (told.usage, told.id)
        assert listener.end is not None
        assert listener.end.reason == told.candidates[0].finish.reason
        assert listener.is_meaningful


def test_recorded_errors_are_classified_and_passed_on_unmodified() -> None:
    total = 0
    for exchange in read_exchanges("gemini"):
        if exchange["status"] == 200:
            continue
        total += 1
        body = encode_json(exchange["response"])
        error = PROVIDER.parse_error(exchange["status"], [], body)
        assert error.code is not None
        if error.kind.value == "authentication":
            assert (error.blame, error.status) == ("gateway", 401)
        else:
            assert error.status == exchange["status"]
            assert CLIENT.emit_error(error).body == body
    judge("errors", total, [])


def test_recorded_token_counts_are_read() -> None:
    for exchange in read_exchanges("gemini", "count_tokens"):
        assert parse(exchange["request"]).turns
        assert PROVIDER.parse_token_count(encode_json(exchange["response"])) == exchange["response"]["totalTokens"]


def read_streams() -> list[bytes]:
    """Streams of server-sent events, and the few that are JSON arrays."""
    streams = []
    for exchange in read_exchanges("gemini"):
        response: Any = exchange["response"]
        if exchange.get("sse_text"):
            streams.append(exchange["sse_text"].encode())
        elif exchange["status"] == 200 and type(response) is list:
            streams.append(encode_json(response))
    return streams
