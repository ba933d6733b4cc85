"""Errors, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.errors import (
    emit_error,
    error_of_event,
    failure_fields,
    parse_error,
    read_failure,
)
from dragoman.errors import STATUS_BY_KIND, DragomanError, Kind, UpstreamReply
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.openai_responses.samples import read

ANSWERS: list[tuple[str, int, Kind, str]] = [
    ("error-rate-limit", 429, Kind.RATE_LIMIT, "upstream"),
    ("error-rate-limit-requests", 429, Kind.RATE_LIMIT, "upstream"),
    ("error-quota", 429, Kind.PAYMENT_REQUIRED, "gateway"),
    ("error-authentication", 401, Kind.AUTHENTICATION, "gateway"),
    ("error-authentication-by-text", 400, Kind.AUTHENTICATION, "gateway"),
    ("error-authentication-detail", 401, Kind.AUTHENTICATION, "gateway"),
    ("error-permission", 403, Kind.PERMISSION, "gateway"),
    ("error-not-found", 400, Kind.NOT_FOUND, "gateway"),
    ("error-context-length", 400, Kind.CONTEXT_LENGTH, "client"),
    ("error-context-length-by-text", 400, Kind.CONTEXT_LENGTH, "client"),
    ("error-content-policy", 400, Kind.CONTENT_POLICY, "client"),
    ("error-content-policy-by-text", 400, Kind.CONTENT_POLICY, "client"),
    ("error-invalid-request", 400, Kind.INVALID_REQUEST, "client"),
    ("error-invalid-request", 422, Kind.INVALID_REQUEST, "client"),
    ("error-too-large", 413, Kind.TOO_LARGE, "client"),
    ("error-conflict", 409, Kind.CONFLICT, "client"),
    ("error-timeout", 408, Kind.TIMEOUT, "upstream"),
    ("error-overloaded", 503, Kind.OVERLOADED, "upstream"),
    ("error-server", 500, Kind.UNAVAILABLE, "upstream"),
]


@pytest.mark.parametrize(("name", "status", "kind", "blame"), ANSWERS)
def test_every_error_answer_is_classified_and_kept(name: str, status: int, kind: Kind, blame: str) -> None:
    body = read(name, "response")
    error = parse_error(status, [(b"Content-Type", b"application/json; charset=utf-8")], body)
    assert (error.kind, error.blame) == (kind, blame)
    assert error.status == (status if blame == "client" else STATUS_BY_KIND[kind])
    assert error.reply is not None
    assert (error.reply.status, error.reply.body) == (status, body)
    assert error.reply.content_type == "application/json; charset=utf-8"


@pytest.mark.parametrize(("status", "kind"), [(500, Kind.UNAVAILABLE), (529, Kind.OVERLOADED), (404, Kind.NOT_FOUND), (418, Kind.INVALID_REQUEST), (402, Kind.PAYMENT_REQUIRED), (302, Kind.UNAVAILABLE)])  # fmt: skip
@pytest.mark.parametrize("body", [b"", b"<html>bad gateway</html>", b"[]", b'{"error":null}', b'{"error":7}'])
def test_a_page_that_is_no_json_leaves_the_status_to_go_by(status: int, kind: Kind, body: bytes) -> None:
    assert parse_error(status, [], body).kind is kind


def test_the_providers_words_are_not_repeated_but_its_codes_are() -> None:
    error = parse_error(400, [], read("error-invalid-request", "response"))
    assert error.code == "invalid_function_parameters"
    assert "invalid_function_parameters at tools[0].parameters" in error.message
    assert "get_weather" not in error.message
    secret = parse_error(401, [], read("error-authentication", "response"))
    assert "sk-" not in str(secret)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([(b"retry-after", b"7")], 7.0),
        ([(b"Retry-After", b"1.5")], 1.5),
        ([(b"retry-after-ms", b"250")], 0.25),
        ([(b"retry-after-ms", b"250"), (b"retry-after", b"7")], 0.25),
        ([(b"retry-after", b"7"), (b"retry-after-ms", b"soon")], 7.0),
        ([(b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT")], None),
        ([(b"retry-after", b"-1")], None),
        ([(b"retry-after", b"nan")], None),
        ([], None),
    ],
)
def test_the_time_to_wait_is_read_where_it_is_a_number(
    headers: list[tuple[bytes, bytes]], seconds: float | None
) -> None:
    assert parse_error(429, headers, b"{}").retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"code": "server_error", "message": "x"}, Kind.UNAVAILABLE, 502),
        ({"code": "rate_limit_exceeded", "message": "x"}, Kind.RATE_LIMIT, 429),
        ({"code": "insufficient_quota", "message": "x"}, Kind.PAYMENT_REQUIRED, 429),
        ({"code": "invalid_prompt", "message": "Bad."}, Kind.INVALID_REQUEST, 400),
        ({"message": "Your input exceeds the context window of this model."}, Kind.CONTEXT_LENGTH, 400),
        (None, Kind.UNAVAILABLE, 502),
        ("gone", Kind.UNAVAILABLE, 502),
    ],
)
def test_an_error_inside_an_answer_is_given_the_status_it_would_have_had(error: Any, kind: Kind, status: int) -> None:
    failure = read_failure(error)
    assert (failure.kind, failure.phase) == (kind, "stream")
    assert failure.reply is not None
    assert failure.reply.status == status
    assert decode_object(failure.reply.body)["error"].keys() >= {"message", "type", "param", "code"}


def test_an_error_event_has_two_forms() -> None:
    assert error_of_event({"type": "error", "error": {"code": "a"}}) == {"code": "a"}
    assert error_of_event({"type": "error", "code": "a", "message": "b", "sequence_number": 3}) == {
        "code": "a",
        "message": "b",
    }


def test_a_providers_own_answer_goes_on_as_it_came() -> None:
    body = read("error-context-length", "response")
    reply = emit_error(parse_error(400, [], body))
    assert (reply.status, reply.body, reply.content_type) == (400, body, b"application/json")


def test_the_answer_of_another_dialect_is_told_in_our_words() -> None:
    foreign = UpstreamReply(dialect="other", status=529, content_type="text/plain", body=b"overloaded")
    error = DragomanError(Kind.OVERLOADED, "Too busy.", blame="upstream", retry_after_seconds=1.2, reply=foreign)
    reply = emit_error(error)
    assert reply.status == 503
    assert reply.headers == ((b"retry-after", b"2"),)
    assert decode_object(reply.body) == {
        "error": {"message": "Too busy.", "type": "server_error", "param": None, "code": "server_is_overloaded"}
    }


@pytest.mark.parametrize("name", ["error-authentication", "error-quota", "error-permission"])
def test_what_a_provider_says_about_our_credential_stays_with_us(name: str) -> None:
    body = read(name, "response")
    error = parse_error(401, [], body)
    reply = emit_error(error)
    assert reply.body != body
    assert b"sk-" not in reply.body
    assert failure_fields(error)["message"] == error.message


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    error = DragomanError(kind, "Because.", path="input[0]")
    fields = decode_object(emit_error(error).body)["error"]
    assert fields["message"] == "input[0]: Because."
    assert fields["param"] == "input[0]"
    assert isinstance(fields["type"], str)
    assert isinstance(failure_fields(error)["code"], str)


def test_a_failed_stream_repeats_the_providers_words_where_it_may() -> None:
    told = read_failure({"code": "server_is_overloaded", "message": "Our servers are overloaded."})
    assert failure_fields(told) == {"code": "server_is_overloaded", "message": "Our servers are overloaded."}
    assert failure_fields(read_failure({"message": "no code"}))["code"] == "server_error"
    page = UpstreamReply(dialect="openai_responses", status=500, content_type="text/html", body=b"<html>")
    assert failure_fields(DragomanError(Kind.INTERNAL, "x", reply=page)) == {"code": "server_error", "message": "x"}
