"""Errors, both ways."""

from __future__ import annotations

import json

import pytest

from dragoman.errors import DragomanError, Kind, UpstreamReply
from tests.unit.dialects.gemini_generate.samples import CLIENT, ERRORS, PROVIDER, find
from tests.vector_files import Vector

EXPECTED = {
    "error-api-key": (400, Kind.AUTHENTICATION, "gateway", "API_KEY_INVALID"),
    "error-api-key-by-text": (400, Kind.AUTHENTICATION, "gateway", "INVALID_ARGUMENT"),
    "error-api-key-expired": (400, Kind.AUTHENTICATION, "gateway", "INVALID_ARGUMENT"),
    "error-billing": (400, Kind.PAYMENT_REQUIRED, "gateway", "FAILED_PRECONDITION"),
    "error-content-policy": (400, Kind.CONTENT_POLICY, "client", "INVALID_ARGUMENT"),
    "error-context-length": (400, Kind.CONTEXT_LENGTH, "client", "INVALID_ARGUMENT"),
    "error-context-length-by-limit": (400, Kind.CONTEXT_LENGTH, "client", "INVALID_ARGUMENT"),
    "error-daily-quota": (429, Kind.RATE_LIMIT, "upstream", "GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
    "error-in-array": (503, Kind.OVERLOADED, "upstream", "UNAVAILABLE"),
    "error-invalid-request": (400, Kind.INVALID_REQUEST, "client", "INVALID_ARGUMENT"),
    "error-location": (400, Kind.PERMISSION, "gateway", "FAILED_PRECONDITION"),
    "error-not-found": (404, Kind.NOT_FOUND, "gateway", "NOT_FOUND"),
    "error-overloaded": (503, Kind.OVERLOADED, "upstream", "UNAVAILABLE"),
    "error-permission": (403, Kind.PERMISSION, "gateway", "PERMISSION_DENIED"),
    "error-rate-limit": (429, Kind.RATE_LIMIT, "upstream", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"),
    "error-server": (500, Kind.INTERNAL, "upstream", "INTERNAL"),
    "error-timeout": (504, Kind.TIMEOUT, "upstream", "DEADLINE_EXCEEDED"),
    "error-too-large": (400, Kind.TOO_LARGE, "client", "INVALID_ARGUMENT"),
}


@pytest.mark.parametrize("vector", ERRORS, ids=repr)
def test_an_error_is_known_for_what_it_is(vector: Vector) -> None:
    assert vector.response is not None
    status, *expected = EXPECTED[vector.name]
    error = PROVIDER.parse_error(status, [], vector.response)
    assert [error.kind, error.blame, error.code] == expected
    assert error.reply is not None
    assert (error.reply.body, error.reply.status) == (vector.response, status)
    message = json.loads(vector.response)
    message = (message[0] if isinstance(message, list) else message)["error"]["message"]
    assert message not in str(error)


@pytest.mark.parametrize("vector", ERRORS, ids=repr)
def test_a_client_of_this_dialect_gets_the_providers_bytes_unless_they_tell_of_our_key(vector: Vector) -> None:
    assert vector.response is not None
    error = PROVIDER.parse_error(EXPECTED[vector.name][0], [(b"Content-Type", b"application/json; x")], vector.response)
    reply = CLIENT.emit_error(error)
    is_ours = error.kind in {Kind.AUTHENTICATION, Kind.PERMISSION, Kind.PAYMENT_REQUIRED}
    assert (reply.body == vector.response) is not is_ours
    if not is_ours:
        assert (reply.status, reply.content_type) == (EXPECTED[vector.name][0], b"application/json; x")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.INVALID_REQUEST),
        (401, Kind.AUTHENTICATION),
        (402, Kind.PAYMENT_REQUIRED),
        (403, Kind.PERMISSION),
        (404, Kind.NOT_FOUND),
        (413, Kind.TOO_LARGE),
        (418, Kind.INVALID_REQUEST),
        (429, Kind.RATE_LIMIT),
        (500, Kind.INTERNAL),
        (502, Kind.UNAVAILABLE),
        (503, Kind.OVERLOADED),
        (529, Kind.OVERLOADED),
    ],
)
def test_a_page_that_is_no_json_leaves_the_status_to_go_by(status: int, kind: Kind) -> None:
    error = PROVIDER.parse_error(status, [], b"<html>Bad</html>")
    assert (error.kind, error.code) == (kind, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 34.4),
        ([(b"Retry-After", b"7")], 7.0),
        ([(b"retry-after", b"7"), (b"Retry-After-Ms", b"1500")], 1.5),
        ([(b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT")], 34.4),
        ([(b"retry-after", b"-1")], 34.4),
        ([(b"retry-after", b"nan")], 34.4),
    ],
)
def test_the_time_to_wait_is_read(headers: list[tuple[bytes, bytes]], seconds: float) -> None:
    body = find("error-rate-limit").response
    assert body is not None
    error = PROVIDER.parse_error(429, headers, body)
    assert error.retry_after_seconds == seconds
    names = dict(CLIENT.emit_error(error).headers)
    assert names[b"retry-after"] == str(-(-seconds // 1)).removesuffix(".0").encode()


def test_an_error_of_ours_says_what_where_and_when() -> None:
    error = DragomanError(Kind.RATE_LIMIT, "Wait.", blame="gateway", path="contents[0]", retry_after_seconds=1.2)
    reply = CLIENT.emit_error(error)
    assert (reply.status, dict(reply.headers)) == (429, {b"retry-after": b"2"})
    assert json.loads(reply.body) == {
        "error": {
            "code": 429,
            "message": "contents[0]: Wait.",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{"field": "contents[0]", "description": "Wait."}],
                },
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"},
            ],
        }
    }


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_word_and_its_status(kind: Kind) -> None:
    error = json.loads(CLIENT.emit_error(DragomanError(kind, "What to do.")).body)["error"]
    assert error["code"] == DragomanError(kind, "").status
    assert error["status"].isupper()
    assert "What to do." in error["message"]


def test_a_conversation_that_is_too_long_is_told_in_the_words_that_agents_know() -> None:
    body = CLIENT.emit_error(DragomanError(Kind.CONTEXT_LENGTH, "Shorten it.")).body
    assert b"input token count exceeds the maximum number of tokens" in body


def test_a_failed_stream_begins_with_the_key_that_the_sdk_looks_for() -> None:
    overloaded = find("error-in-array").response
    assert overloaded is not None
    for error in (
        DragomanError(Kind.UNAVAILABLE, "Cut.", blame="upstream"),
        PROVIDER.parse_error(503, [], overloaded),
        DragomanError(
            Kind.UNAVAILABLE,
            "Cut.",
            reply=UpstreamReply(dialect="gemini_generate", status=503, content_type="", body=b"<html>"),
        ),
        DragomanError(
            Kind.OVERLOADED,
            "Busy.",
            reply=UpstreamReply(dialect="openai_chat", status=503, content_type="", body=b'{"error":{"code":5}}'),
        ),
    ):
        frame = CLIENT.emit_stream_error(error)
        assert frame.startswith(b'data: {"error":{')
        assert frame.endswith(b"}}\n\n")
        assert json.loads(frame[6:])["error"]["code"] in {502, 503}
        assert CLIENT.open_emitter(None, []).fail(error) == frame  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (402, "FAILED_PRECONDITION", Kind.PAYMENT_REQUIRED),
        (413, "INVALID_ARGUMENT", Kind.TOO_LARGE),
        (400, "INVALID_ARGUMENT", Kind.INVALID_REQUEST),
    ],
)
def test_a_number_counts_where_the_word_says_no_more_than_invalid(status: int, word: str, kind: Kind) -> None:
    body = json.dumps({"error": {"code": status, "message": "no", "status": word}}).encode()
    assert PROVIDER.parse_error(status, [], body).kind is kind
