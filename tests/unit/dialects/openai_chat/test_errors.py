"""Errors, both ways."""

from __future__ import annotations

from typing import get_args

import pytest

from dragoman.dialects.openai_chat.errors import emit_error, emit_stream_error, parse_error, parse_inline_error
from dragoman.errors import Blame, DragomanError, Kind, UpstreamReply
from dragoman.wire.json_document import decode_object, encode_json
from tests.grammars.openai_chat import check_stream
from tests.unit.dialects.openai_chat.samples import vector_named

VECTORS: list[tuple[str, int, Kind, Blame, str | None]] = [
    ("error-rate-limit", 429, Kind.RATE_LIMIT, "upstream", "rate_limit_exceeded"),
    ("error-quota", 429, Kind.PAYMENT_REQUIRED, "gateway", "insufficient_quota"),
    ("error-authentication", 401, Kind.AUTHENTICATION, "gateway", "invalid_api_key"),
    ("error-context-length", 400, Kind.CONTEXT_LENGTH, "client", "context_length_exceeded"),
    ("error-context-length-by-text", 400, Kind.CONTEXT_LENGTH, "client", "invalid_request_error"),
    ("error-content-policy", 400, Kind.CONTENT_POLICY, "client", "content_policy_violation"),
    ("error-content-policy-by-text", 400, Kind.CONTENT_POLICY, "client", None),
    ("error-not-found", 404, Kind.NOT_FOUND, "gateway", "model_not_found"),
    ("error-invalid-request", 400, Kind.INVALID_REQUEST, "client", "invalid_type"),
    ("error-server", 500, Kind.INTERNAL, "upstream", "server_error"),
    ("error-as-text", 404, Kind.NOT_FOUND, "gateway", None),
    ("error-as-detail", 401, Kind.AUTHENTICATION, "gateway", None),
    ("error-as-detail-list", 422, Kind.INVALID_REQUEST, "client", None),
    ("error-as-message", 400, Kind.NOT_FOUND, "gateway", "invalid_model"),
]


@pytest.mark.parametrize(("name", "status", "kind", "blame", "code"), VECTORS)
def test_a_providers_error_is_classified(name: str, status: int, kind: Kind, blame: Blame, code: str | None) -> None:
    body = vector_named(name).response
    assert body
    error = parse_error(status, [(b"content-type", b"application/json; charset=utf-8")], body)
    assert (error.kind, error.blame, error.status, error.code, error.phase) == (kind, blame, status, code, "body")
    assert error.reply is not None
    assert (error.reply.body, error.reply.status) == (body, status)
    assert error.reply.content_type == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "kind", "blame"),
    [
        (400, Kind.INVALID_REQUEST, "client"),
        (402, Kind.PAYMENT_REQUIRED, "gateway"),
        (403, Kind.PERMISSION, "gateway"),
        (408, Kind.TIMEOUT, "upstream"),
        (413, Kind.TOO_LARGE, "client"),
        (418, Kind.INVALID_REQUEST, "client"),
        (429, Kind.RATE_LIMIT, "upstream"),
        (502, Kind.UNAVAILABLE, "upstream"),
        (503, Kind.OVERLOADED, "upstream"),
        (504, Kind.TIMEOUT, "upstream"),
        (529, Kind.OVERLOADED, "upstream"),
        (599, Kind.UNAVAILABLE, "upstream"),
    ],
)
def test_a_body_that_tells_nothing_leaves_the_status_to_tell(status: int, kind: Kind, blame: str) -> None:
    error = parse_error(status, [], b"<html>")
    assert (error.kind, error.blame, error.status) == (kind, blame, status)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([(b"retry-after", b"20")], 20.0),
        ([(b"Retry-After", b"1.5")], 1.5),
        ([(b"retry-after", b"20"), (b"retry-after-ms", b"250")], 0.25),
        ([(b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT")], None),
        ([(b"retry-after", b"-1")], None),
        ([(b"retry-after", b"nan")], None),
        ([(b"retry-after", b"inf")], None),
        ([], None),
    ],
)
def test_the_wait_is_read_in_seconds(headers: list[tuple[bytes, bytes]], seconds: float | None) -> None:
    assert parse_error(429, headers, b"{}").retry_after_seconds == seconds


def test_what_the_provider_says_stands_apart_from_our_own_words() -> None:
    told = encode_json({"error": {"message": "Word of the provider.", "param": "messages[0]"}})
    assert str(parse_error(400, [], told)) == "messages[0]: The provider refused the request as invalid."
    for status in (400, 401, 402, 403, 404, 429, 500, 503):
        error = parse_error(status, [], told)
        assert "Word of the provider" not in f"{error} {error!r} {error.told}"
        assert error.reply is not None
        assert error.reply.said == "Word of the provider."


def test_an_error_inside_an_answer_brings_its_own_status() -> None:
    fields = {"error": {"message": "m", "code": 502}}
    error = parse_inline_error(fields, b"x", "stream")
    assert (error.status, error.kind, error.phase) == (502, Kind.UNAVAILABLE, "stream")
    overloaded = parse_inline_error({"error": {"code": "engine_overloaded"}}, b"x")
    assert (overloaded.status, overloaded.kind) == (503, Kind.OVERLOADED)
    assert parse_inline_error({"error": "strange"}, b"x").kind is Kind.UNAVAILABLE


# -- ours into the client's words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    reply = emit_error(DragomanError(kind, "It went wrong."))
    error = decode_object(reply.body)["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"] == "It went wrong."
    assert reply.status == DragomanError(kind, "").status
    check_stream(emit_stream_error(DragomanError(kind, "It went wrong.")))


def test_an_own_code_and_path_win_over_the_kinds() -> None:
    error = DragomanError(Kind.RATE_LIMIT, "Slow down.", code="key_limit", path="model", retry_after_seconds=0.2)
    reply = emit_error(error)
    assert decode_object(reply.body)["error"] == {
        "message": "model: Slow down.",
        "type": "rate_limit_error",
        "param": "model",
        "code": "key_limit",
    }
    assert reply.headers == ((b"retry-after", b"1"),)


def make_replied(
    kind: Kind, blame: Blame, dialect: str = "openai_chat", body: bytes = b'{"error":{"a":1}}'
) -> DragomanError:
    reply = UpstreamReply(dialect=dialect, status=418, content_type="application/problem+json", body=body)
    return DragomanError(kind, "Ours.", blame=blame, status=400, reply=reply)


def test_a_providers_own_words_pass_to_clients_of_its_dialect() -> None:
    reply = emit_error(make_replied(Kind.INVALID_REQUEST, "client"))
    assert (reply.status, reply.body, reply.content_type) == (418, b'{"error":{"a":1}}', b"application/problem+json")
    assert emit_stream_error(make_replied(Kind.RATE_LIMIT, "upstream")) == b'data: {"error":{"a":1}}\n\n'


def test_words_of_another_dialect_do_not_pass() -> None:
    error = make_replied(Kind.INVALID_REQUEST, "client", "anthropic_messages")
    assert decode_object(emit_error(error).body)["error"]["message"] == "Ours."
    assert b"Ours." in emit_stream_error(error)


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION])
def test_words_about_our_keys_never_pass(kind: Kind) -> None:
    error = make_replied(kind, "gateway", body=b'{"error":{"message":"key sk-canary is wrong"}}')
    assert b"canary" not in emit_error(error).body
    assert b"canary" not in emit_stream_error(error)
    assert emit_error(error).status == 400


@pytest.mark.parametrize("body", [b"not json", b'{"message":"m"}', b'{"error":"text"}', b"[]", b"\xff"])
def test_a_stream_gets_our_words_where_clients_would_not_see_an_error(body: bytes) -> None:
    sent = emit_stream_error(make_replied(Kind.UNAVAILABLE, "upstream", body=body))
    check_stream(sent)
    assert b"Ours." in sent


def test_blames_are_those_of_the_house() -> None:
    assert {blame for _, _, _, blame, _ in VECTORS} <= set(get_args(Blame))


@pytest.mark.parametrize(
    ("code", "sent"),
    [("INVALID_ARGUMENT", "context_length_exceeded"), ("context_length_exceeded", "context_length_exceeded")],
)
def test_a_code_of_another_dialect_is_told_as_openais(code: str, sent: str) -> None:
    error = make_replied(Kind.CONTEXT_LENGTH, "client", "gemini_generate")
    error.code = code
    assert decode_object(emit_error(error).body)["error"]["code"] == sent
    own = DragomanError(Kind.NOT_FOUND, "There is no such route.", code="route_not_found")
    assert decode_object(emit_error(own).body)["error"]["code"] == "route_not_found"
