"""How the URLs of strangers are read. What must be refused has a table in tests/faults/fetch_vectors.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.routing.target import Origin
from dragoman.upstream.fetch_url import follow_redirect, parse_fetch_url

WEB = frozenset((80, 443))


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://example.com", Origin("https", "example.com", 443), b"/"),
        ("HTTP://Example.COM/A?b=c#d", Origin("http", "example.com", 80), b"/A?b=c"),
        ("https://example.com?b", Origin("https", "example.com", 443), b"/?b"),
        ("http://example.com.:443/", Origin("http", "example.com", 443), b"/"),
        ("https://1.2.3.4/a%20b", Origin("https", "1.2.3.4", 443), b"/a%20b"),
        ("https://[2606:4700::1]/", Origin("https", "2606:4700::1", 443), b"/"),
        ("https://xn--bcher-kva.example/@x:y", Origin("https", "xn--bcher-kva.example", 443), b"/@x:y"),
    ],
)
def test_a_plain_url_is_taken_apart(url: str, origin: Origin, target: bytes) -> None:
    assert parse_fetch_url(url, WEB) == (origin, target)


@pytest.mark.parametrize(
    "url",
    ["https://-a.example/", "https://a..example/", "https://[::g]/", "https://a.example:81/", "https://" + "a" * 5000],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(DragomanError, match="data: URI"):
        parse_fetch_url(url, WEB)


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://a.example/{text}"):
        try:
            origin, target = parse_fetch_url(url, WEB)
        except DragomanError:
            continue
        assert origin.host.isascii()
        assert not set(b" \r\n\\") & set(target)


@pytest.mark.parametrize(
    ("location", "url"),
    [(b"/b", "https://a.example/b"), (b"c", "https://a.example/x/c"), (b"https://b.example/", "https://b.example/")],
)
def test_a_redirect_may_be_relative(location: bytes, url: str) -> None:
    assert follow_redirect("https://a.example/x/y", location) == url


@pytest.mark.parametrize("location", [b"http://a.example/", b"ftp://a.example/", b"\xff", b"https://[/"])
def test_a_redirect_must_be_readable_and_no_less_safe(location: bytes) -> None:
    with pytest.raises(DragomanError, match="leads on"):
        follow_redirect("https://a.example/", location)
