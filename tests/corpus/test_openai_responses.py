"""Recorded exchanges of this dialect come out of the model as they went in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import decode_object, encode_json
from tests.corpus.exchanges import judge, read_exchanges
from tests.grammars.openai_responses import check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_responses.normal import (
    meaning,
    normalise_request,
    normalise_response,
    normalise_streamed,
)
from tests.unit.dialects.openai_responses.samples import ANYONE, CLIENT, PROVIDER, hear, listen

pytestmark = pytest.mark.corpus

FAILED_STREAMS = {"e3279c4059bcfb2c": "the account was out of credit: an error and a failed answer inside a 200 stream"}
OTHER_ENDS = {
    "c0f1e271a4553b00": "the probabilities of the last event are rounded, those of the deltas are not",
    "7d0cf0f7d036701d": "two streams recorded as one; the second stands behind the end of the first",
}


def recorded_streams() -> Iterator[tuple[str, bytes]]:
    for exchange in read_exchanges("openai-responses"):
        if exchange.get("sse_text"):
            yield exchange["id"], exchange["sse_text"].encode()


def last_response(data: bytes) -> dict[str, Any]:
    """The answer that the stream itself tells last."""
    found: dict[str, Any] = {}
    for line in data.splitlines():
        if line.startswith(b"data: {"):
            found = decode_object(line.removeprefix(b"data: ")).get("response") or found
    return found


def test_recorded_requests_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("openai-responses"):
        fields = exchange["request"]
        if fields is None:
            continue
        total += 1
        losses: list[Loss] = []
        request = CLIENT.parse_request(CLIENT.open_envelope(encode_json(fields), None, None))
        emitted = decode_object(PROVIDER.emit_request(request, DEFAULT_PROFILE, losses).body)
        if losses or normalise_request(emitted) != normalise_request(fields):
            different.append(exchange["id"])
    judge("requests", total, different)


def test_a_patched_request_differs_in_its_model_only() -> None:
    for exchange in read_exchanges("openai-responses"):
        if exchange["request"] is not None:
            envelope = CLIENT.open_envelope(encode_json(exchange["request"]), None, None)
            patched = decode_object(PROVIDER.patch_request(envelope, "other", DEFAULT_PROFILE).body)
            assert patched == {**exchange["request"], "model": "other"}


def test_recorded_answers_come_out_as_they_went_in() -> None:
    total, different = 0, []
    for exchange in read_exchanges("openai-responses"):
        if exchange["status"] != 200 or exchange.get("response") is None:
            continue
        total += 1
        losses: list[Loss] = []
        body = encode_json(exchange["response"])
        response = PROVIDER.parse_response(body)
        emitted = decode_object(CLIENT.emit_response(response, ANYONE, losses).body)
        if losses or same_ids(normalise_response(emitted)) != same_ids(normalise_response(exchange["response"])):
            different.append(exchange["id"])
        glance = PROVIDER.read_glance(body)
        assert glance.usage == without_report(response.usage)
        assert (glance.id, glance.model) == (response.id, response.model)
        assert glance.finish == response.candidates[0].finish
    judge("answers", total, different)


def same_ids(response: dict[str, Any]) -> dict[str, Any]:
    """An item that came without an id was given one."""
    output = [{**item, "id": bool(item.get("id"))} for item in response["output"]]
    return {**response, "output": output}


def test_recorded_streams_tell_the_same_after_a_round_trip() -> None:
    total, different = 0, []
    for name, data in recorded_streams():
        if name in FAILED_STREAMS:
            continue
        total += 1
        losses: list[Loss] = []
        events, error = hear([data])
        assert error is None, name
        check_events(events)
        emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
        check_stream(emitted, is_failed=False)
        again, error = hear([emitted])
        assert error is None, name
        if losses or meaning(assemble(again)) != meaning(assemble(events)):
            different.append(name)
    judge("streams", total, different)


def test_the_end_of_a_recorded_stream_is_the_sum_of_what_it_told() -> None:
    total, different = 0, []
    for name, data in recorded_streams():
        if name in FAILED_STREAMS or name in OTHER_ENDS:
            continue
        total += 1
        emitted = CLIENT.open_emitter(ANYONE, []).emit(hear([data])[0])
        told, ours = normalise_streamed(last_response(data)), normalise_streamed(last_response(emitted))
        if not told["output"]:
            told["output"] = ours["output"]  # some servers leave the output of the last event empty
        told["id"] = ours["id"]  # and some mint a new id for every event
        if told != ours:
            different.append(name)
    judge("ends of streams", total, different)


def test_recorded_streams_pass_the_listener_byte_for_byte() -> None:
    for name, data in recorded_streams():
        if name in FAILED_STREAMS:
            continue
        passed, error, listener = listen([data[start : start + 777] for start in range(0, len(data), 777)])
        assert error is None, name
        assert passed.rstrip() == data.rstrip()
        told = assemble(hear([data])[0])
        assert (listener.usage, listener.response_id) == (told.usage, told.id)
        assert listener.end == told.candidates[0].finish
        assert listener.is_meaningful


def test_a_recorded_failure_inside_a_stream_is_the_providers_error() -> None:
    for name, data in recorded_streams():
        if name in FAILED_STREAMS:
            _, error = hear([data])
            assert isinstance(error, DragomanError)
            assert error.code == "insufficient_quota"
            assert error.blame == "gateway"


def test_recorded_errors_are_classified_and_passed_on_unmodified() -> None:
    total = 0
    for exchange in read_exchanges("openai-responses"):
        if exchange["status"] == 200:
            continue
        total += 1
        body = encode_json(exchange["response"])
        headers = [(name.encode(), value.encode()) for name, value in exchange["response_headers"].items()]
        error = PROVIDER.parse_error(exchange["status"], headers, body)
        assert error.reply is not None
        assert error.reply.body == body
        if error.blame == "client":
            assert error.status == exchange["status"]
            assert CLIENT.emit_error(error).body == body
    judge("errors", total, [])


def test_recorded_token_counts_are_read() -> None:
    counts = [exchange["response"] for exchange in read_exchanges("openai-responses", "count_tokens")]
    assert [PROVIDER.parse_token_count(encode_json(count)) for count in counts] == [
        count["input_tokens"] for count in counts
    ]
