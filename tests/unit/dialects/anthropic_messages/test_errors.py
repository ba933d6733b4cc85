"""Errors of providers classified, and errors for clients in Anthropic's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.dialects.anthropic_messages.errors import (
    emit_error,
    emit_stream_error,
    malformed_stream,
    parse_error,
    read_error_event,
    truncated_stream,
)
from dragoman.errors import DragomanError, Kind, UpstreamReply
from dragoman.wire.json_document import decode_object, encode_json
from tests.grammars.anthropic_messages import check_stream, read_events
from tests.vector_files import VECTORS, load_vectors

STATUS = {
    "error-rate-limit": (429, Kind.RATE_LIMIT, "upstream"),
    "error-spend-limit": (429, Kind.PAYMENT_REQUIRED, "gateway"),
    "error-overloaded": (529, Kind.OVERLOADED, "upstream"),
    "error-context-length": (400, Kind.CONTEXT_LENGTH, "client"),
    "error-context-length-with-answer": (400, Kind.CONTEXT_LENGTH, "client"),
    "error-content-policy": (400, Kind.CONTENT_POLICY, "client"),
    "error-credit-balance": (400, Kind.PAYMENT_REQUIRED, "gateway"),
    "error-usage-limit": (400, Kind.PAYMENT_REQUIRED, "gateway"),
    "error-authentication": (401, Kind.AUTHENTICATION, "gateway"),
    "error-billing": (402, Kind.PAYMENT_REQUIRED, "gateway"),
    "error-permission": (403, Kind.PERMISSION, "gateway"),
    "error-not-found": (404, Kind.NOT_FOUND, "gateway"),
    "error-too-large": (413, Kind.TOO_LARGE, "client"),
    "error-timeout": (504, Kind.TIMEOUT, "upstream"),
    "error-server": (500, Kind.UNAVAILABLE, "upstream"),
    "error-invalid-request": (400, Kind.INVALID_REQUEST, "client"),
}
OUR_OWN_AFFAIRS = {Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION}


def vector(name: str) -> bytes:
    return (Path(VECTORS) / "anthropic_messages" / f"{name}.response.json").read_bytes()


def test_every_error_vector_is_expected_to_mean_something() -> None:
    named = {vector.name for vector in load_vectors("anthropic_messages") if vector.name.startswith("error-")}
    assert named - {"error-in-stream", "error-at-start"} == STATUS.keys()


@pytest.mark.parametrize("name", STATUS)
def test_an_error_is_known_by_its_code_type_or_status(name: str) -> None:
    status, kind, blame = STATUS[name]
    error = parse_error(status, [], vector(name))
    assert (error.kind, error.blame) == (kind, blame)
    assert error.reply is not None
    assert error.reply.body == vector(name)
    said = decode_object(vector(name))["error"]["message"]
    assert said not in str(error), "the provider's words stay in its reply"


@pytest.mark.parametrize("name", STATUS)
def test_an_error_of_this_dialect_is_passed_on_unless_it_is_our_own_affair(name: str) -> None:
    status, kind, _ = STATUS[name]
    reply = emit_error(parse_error(status, [(b"Content-Type", b"application/json; charset=utf-8")], vector(name)))
    if kind in OUR_OWN_AFFAIRS:
        said = decode_object(vector(name))["error"]["message"]
        assert said.encode() not in reply.body
    else:
        assert (reply.status, reply.body) == (status, vector(name))
        assert reply.content_type == b"application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "kind", "blame"),
    [
        (400, Kind.INVALID_REQUEST, "client"),
        (401, Kind.AUTHENTICATION, "gateway"),
        (402, Kind.PAYMENT_REQUIRED, "gateway"),
        (403, Kind.PERMISSION, "gateway"),
        (404, Kind.NOT_FOUND, "gateway"),
        (408, Kind.TIMEOUT, "upstream"),
        (409, Kind.CONFLICT, "client"),
        (413, Kind.TOO_LARGE, "client"),
        (422, Kind.INVALID_REQUEST, "client"),
        (429, Kind.RATE_LIMIT, "upstream"),
        (500, Kind.UNAVAILABLE, "upstream"),
        (502, Kind.UNAVAILABLE, "upstream"),
        (503, Kind.OVERLOADED, "upstream"),
        (504, Kind.TIMEOUT, "upstream"),
        (529, Kind.OVERLOADED, "upstream"),
        (302, Kind.UNAVAILABLE, "upstream"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"error": "no"}', b'{"error": {"type": 7}}'])
def test_a_body_of_another_kind_leaves_the_status_to_go_by(status: int, kind: Kind, blame: str, body: bytes) -> None:
    error = parse_error(status, [], body)
    assert (error.kind, error.blame) == (kind, blame)
    if blame == "client":
        assert error.status == status


def test_the_more_precise_word_wins() -> None:
    details = {"type": "rate_limit_error", "message": "", "details": {"error_code": "contract_spend_limit_reached"}}
    error = parse_error(429, [], encode_json({"type": "error", "error": details}))
    assert (error.kind, error.code) == (Kind.PAYMENT_REQUIRED, "contract_spend_limit_reached")
    overloaded = {"type": "overloaded_error", "message": ""}
    assert parse_error(500, [], encode_json({"error": overloaded})).kind is Kind.OVERLOADED


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        ([(b"retry-after", b"12")], 12),
        ([(b"Retry-After", b"0.5")], 0.5),
        ([(b"retry-after-ms", b"1500"), (b"retry-after", b"9")], 1.5),
        ([(b"retry-after", b"9"), (b"retry-after-ms", b"1500")], 1.5),
        ([(b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT")], None),
        ([(b"retry-after", b"-3")], None),
        ([(b"retry-after", b"inf")], None),
        ([(b"retry-after-ms", b"soon"), (b"retry-after", b"9")], 9),
    ],
)
def test_the_time_to_wait_is_read_where_it_is_a_number(headers: list[tuple[bytes, bytes]], seconds: float) -> None:
    assert parse_error(429, headers, b"").retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("kind", "type", "status"),
    [
        (Kind.INVALID_REQUEST, "invalid_request_error", 400),
        (Kind.UNSUPPORTED, "invalid_request_error", 400),
        (Kind.CONTENT_POLICY, "invalid_request_error", 400),
        (Kind.AUTHENTICATION, "authentication_error", 401),
        (Kind.PAYMENT_REQUIRED, "billing_error", 402),
        (Kind.PERMISSION, "permission_error", 403),
        (Kind.NOT_FOUND, "not_found_error", 404),
        (Kind.CONFLICT, "conflict_error", 409),
        (Kind.TOO_LARGE, "request_too_large", 413),
        (Kind.RATE_LIMIT, "rate_limit_error", 429),
        (Kind.INTERNAL, "api_error", 500),
        (Kind.UNAVAILABLE, "api_error", 502),
        (Kind.TIMEOUT, "timeout_error", 504),
        (Kind.OVERLOADED, "overloaded_error", 529),
    ],
)
def test_every_kind_has_its_type(kind: Kind, type: str, status: int) -> None:
    reply = emit_error(DragomanError(kind, "What to do.", path="messages[0]"))
    assert reply.status == status
    assert decode_object(reply.body) == {
        "type": "error",
        "error": {"type": type, "message": "messages[0]: What to do."},
    }


def test_agents_are_told_in_the_words_they_know_that_the_prompt_is_too_long() -> None:
    said = decode_object(emit_error(DragomanError(Kind.CONTEXT_LENGTH, "Shorten it.")).body)["error"]["message"]
    assert said == "prompt is too long: Shorten it."


def test_the_time_to_wait_is_told_in_whole_seconds() -> None:
    error = DragomanError(Kind.RATE_LIMIT, "Later.", retry_after_seconds=1.2)
    assert emit_error(error).headers == ((b"retry-after", b"2"),)
    assert emit_error(DragomanError(Kind.RATE_LIMIT, "Later.")).headers == ()


def test_the_reply_of_another_dialect_is_said_in_our_words() -> None:
    reply = UpstreamReply(dialect="openai_chat", status=429, content_type="application/json", body=b'{"error": {}}')
    error = DragomanError(Kind.RATE_LIMIT, "Later.", blame="upstream", reply=reply)
    assert decode_object(emit_error(error).body)["error"]["type"] == "rate_limit_error"
    assert b"rate_limit_error" in emit_stream_error(error)


def test_an_error_event_is_passed_on_as_one_line() -> None:
    data = b'{"type": "error",\n "error": {"type": "overloaded_error", "message": "Overloaded"}}'
    error = read_error_event(decode_object(data), data)
    emitted = emit_stream_error(error)
    check_stream(emitted)
    assert read_events(emitted)[0] == decode_object(data)
    assert error.phase == "stream"
    assert emit_error(error).status == 529


@pytest.mark.parametrize("body", [b"<html>", b'{"message": "no"}'])
def test_a_reply_that_is_no_error_event_is_not_made_one(body: bytes) -> None:
    emitted = emit_stream_error(parse_error(500, [], body))
    check_stream(emitted)
    assert body not in emitted


def test_what_a_stream_does_wrong_is_the_providers_fault() -> None:
    for error in (truncated_stream(), malformed_stream("x")):
        assert (error.kind, error.blame, error.phase, error.status) == (Kind.UNAVAILABLE, "upstream", "stream", 502)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Kind.INVALID_REQUEST), (408, Kind.TIMEOUT), (422, Kind.INVALID_REQUEST)]
)
def test_a_status_counts_where_the_type_says_no_more_than_invalid(status: int, kind: Kind) -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'
    assert parse_error(status, [], body).kind is kind
