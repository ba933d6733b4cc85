"""Secrets in the form in which providers want to see them."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.auth import SCHEMES, show_secret

USER = '"client_id": "c", "client_secret": "canary", "refresh_token": "canary"'


@pytest.mark.parametrize(
    ("scheme", "headers", "query"),
    [
        ("bearer", ((b"authorization", b"Bearer s3cret"),), b""),
        ("x-api-key", ((b"x-api-key", b"s3cret"),), b""),
        ("x-goog-api-key", ((b"x-goog-api-key", b"s3cret"),), b""),
        ("api-key", ((b"api-key", b"s3cret"),), b""),
        ("query", (), b"key=s3cret"),
        ("none", (), b""),
    ],
)
def test_each_scheme_shows_it_its_own_way(scheme: str, headers: object, query: bytes) -> None:
    shown = show_secret(scheme, "s3cret")
    assert (shown.headers, shown.query) == (headers, query)
    assert scheme in SCHEMES


def test_a_secret_in_a_query_is_quoted() -> None:
    assert show_secret("query", "a&b=c").query == b"key=a%26b%3Dc"


@pytest.mark.parametrize("secret", ["two\r\nlines", "tab\t", "é"])
def test_what_would_break_out_of_a_header_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(DragomanError) as caught:
        show_secret("bearer", secret)
    assert secret not in str(caught.value)


def test_an_unknown_scheme_names_the_known_ones() -> None:
    with pytest.raises(DragomanError, match="bearer"):
        show_secret("sigv5", "s")


def test_what_never_travels_stays_withheld() -> None:
    for scheme, secret in (("sigv4", "id:canary"), ("google-oauth", '{"type": "authorized_user", ' + USER + "}")):
        shown = show_secret(scheme, secret)
        assert (shown.headers, shown.query) == ((), b"")
        assert shown.withheld is not None
        assert (shown.withheld.scheme, shown.withheld.secret.reveal()) == (scheme, secret)
        assert "canary" not in repr(shown.withheld)


@pytest.mark.parametrize(
    ("scheme", "secret", "way"),
    [
        ("sigv4", "default", "aws"),
        ("sigv4", "profile prod", "aws"),
        ("google-oauth", "default", "google-oauth"),
        ("entra", "default", "entra"),
        ("entra", "tenant:client:canary", "entra"),
    ],
)
def test_what_a_cloud_lends_is_withheld_until_a_request_is_sent(scheme: str, secret: str, way: str) -> None:
    shown = show_secret(scheme, secret)
    assert (shown.headers, shown.query) == ((), b"")
    assert shown.withheld is not None
    assert (shown.withheld.scheme, shown.withheld.secret.reveal()) == (way, secret)


@pytest.mark.parametrize(
    ("scheme", "secret"),
    [
        ("sigv4", "id"),
        ("sigv4", "profile"),
        ("google-oauth", "{}"),
        ("google-oauth", "nowhere"),
        ("entra", "tenant:client"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused_at_once(scheme: str, secret: str) -> None:
    with pytest.raises(DragomanError) as caught:
        show_secret(scheme, secret)
    assert caught.value.blame == "gateway"
