"""Errors: known by the header, by the body's type, by the status, and last by their words."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from tests.unit.dialects.bedrock_converse.samples import ERRORS, PROVIDER, find
from tests.vector_files import Vector


def parse(status: int, word: str, body: bytes = b'{"message":"x"}', *headers: tuple[bytes, bytes]) -> DragomanError:
    return PROVIDER.parse_error(status, [(b"x-amzn-ErrorType", word.encode()), *headers], body)


@pytest.mark.parametrize(
    ("status", "word", "kind", "blame"),
    [
        (400, "ValidationException:http://internal.amazon.com/coral/", Kind.INVALID_REQUEST, "client"),
        (403, "AccessDeniedException", Kind.PERMISSION, "gateway"),
        (403, "UnrecognizedClientException", Kind.AUTHENTICATION, "gateway"),
        (403, "ExpiredTokenException", Kind.AUTHENTICATION, "gateway"),
        (403, "InvalidSignatureException", Kind.AUTHENTICATION, "gateway"),
        (404, "ResourceNotFoundException", Kind.NOT_FOUND, "gateway"),
        (408, "ModelTimeoutException", Kind.TIMEOUT, "upstream"),
        (424, "ModelErrorException", Kind.UNAVAILABLE, "upstream"),
        (429, "ThrottlingException", Kind.RATE_LIMIT, "upstream"),
        (429, "ModelNotReadyException", Kind.OVERLOADED, "upstream"),
        (400, "ServiceQuotaExceededException", Kind.RATE_LIMIT, "upstream"),
        (500, "InternalServerException", Kind.UNAVAILABLE, "upstream"),
        (503, "ServiceUnavailableException", Kind.OVERLOADED, "upstream"),
        (400, "com.amazon.coral.service#AccessDeniedException", Kind.PERMISSION, "gateway"),
        (418, "", Kind.INVALID_REQUEST, "client"),
        (502, "", Kind.UNAVAILABLE, "upstream"),
        (413, "", Kind.TOO_LARGE, "client"),
    ],
)
def test_the_type_in_the_header_tells_before_the_status(status: int, word: str, kind: Kind, blame: str) -> None:
    error = parse(status, word)
    assert (error.kind, error.blame) == (kind, blame)


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("error-invalid-request", 400, Kind.INVALID_REQUEST),
        ("error-context-length", 400, Kind.CONTEXT_LENGTH),
        ("error-content-policy", 400, Kind.CONTENT_POLICY),
        ("error-authentication", 403, Kind.AUTHENTICATION),
        ("error-permission", 403, Kind.PERMISSION),
        ("error-not-found", 400, Kind.NOT_FOUND),
        ("error-on-demand-not-found", 400, Kind.NOT_FOUND),
    ],
)
def test_words_tell_where_the_type_does_not(name: str, status: int, kind: Kind) -> None:
    word = "ValidationException" if status == 400 else ""
    assert parse(status, word, find(name).response or b"").kind is kind


@pytest.mark.parametrize("vector", ERRORS, ids=repr)
def test_amazons_words_are_kept_for_who_quotes_them(vector: Vector) -> None:
    error = parse(400, "", vector.response or b"")
    assert error.reply is not None
    assert (error.reply.body, error.reply.dialect) == (vector.response, "bedrock_converse")
    assert error.reply.said
    assert error.reply.said not in str(error)


def test_the_wait_is_read_from_the_header() -> None:
    assert parse(429, "ThrottlingException", b"{}", (b"retry-after", b"7")).retry_after_seconds == 7
    for nonsense in (b"soon", b"-1", b"nan"):
        assert parse(429, "ThrottlingException", b"{}", (b"retry-after", nonsense)).retry_after_seconds is None


def test_a_page_of_a_proxy_leaves_the_status() -> None:
    error = parse(503, "", b"<html>busy</html>")
    assert (error.kind, error.code) == (Kind.OVERLOADED, None)


def test_a_type_in_the_body_counts_where_there_is_no_header() -> None:
    assert PROVIDER.parse_error(400, [], b'{"__type":"ThrottlingException"}').kind is Kind.RATE_LIMIT
