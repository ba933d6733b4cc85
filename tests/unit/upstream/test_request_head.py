"""Heads as they go over the wire, and bytes that would break out of them."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.proxy import Proxy
from dragoman.upstream.request_head import MAX_KNOWN_HEADS, HeadBuilder
from dragoman.upstream.transport import Headers, Origin, OutgoingRequest

ORIGIN = Origin("https", "api.provider.test", 443)
PROXY = Proxy("proxy.test", 3128, b"Basic eDp5")


def build(
    origin: Origin = ORIGIN,
    proxy: Proxy | None = None,
    *,
    method: bytes = b"POST",
    target: bytes = b"/v1",
    headers: Headers | None = None,
    body: bytes = b"{}",
) -> bytes:
    return HeadBuilder(origin, proxy).build(OutgoingRequest(origin, method, target, headers or [], body))


def test_a_head_has_host_length_and_plain_coding_before_the_callers_headers() -> None:
    assert build(headers=[(b"content-type", b"application/json"), (b"x-a", b"b")]) == (
        b"POST /v1 HTTP/1.1\r\nhost: api.provider.test\r\ncontent-length: 2\r\naccept-encoding: identity\r\n"
        b"content-type: application/json\r\nx-a: b\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (Origin("https", "a.test", 443), b"a.test"),
        (Origin("http", "a.test", 80), b"a.test"),
        (Origin("http", "a.test", 443), b"a.test:443"),
        (Origin("https", "a.test", 8443), b"a.test:8443"),
        (Origin("http", "::1", 80), b"[::1]"),
        (Origin("http", "::1", 8000), b"[::1]:8000"),
    ],
)
def test_the_host_leaves_out_a_port_that_goes_without_saying(origin: Origin, host: bytes) -> None:
    assert b"\r\nhost: " + host + b"\r\n" in build(origin)


@pytest.mark.parametrize(
    ("method", "body", "line"),
    [
        (b"POST", b"", b"content-length: 0\r\n"),
        (b"PUT", b"abc", b"content-length: 3\r\n"),
        (b"DELETE", b"abc", b"content-length: 3\r\n"),
    ],
)
def test_a_body_has_its_length(method: bytes, body: bytes, line: bytes) -> None:
    assert line in build(method=method, body=body)


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"DELETE"])
def test_a_method_without_a_body_has_no_length(method: bytes) -> None:
    assert b"content-length" not in build(method=method, body=b"")


def test_a_head_without_headers_is_still_one_head() -> None:
    assert build(body=b"", method=b"GET") == (
        b"GET /v1 HTTP/1.1\r\nhost: api.provider.test\r\naccept-encoding: identity\r\n\r\n"
    )


def test_a_coding_that_the_caller_asks_for_is_left_alone() -> None:
    head = build(headers=[(b"accept-encoding", b"gzip")])
    assert head.count(b"accept-encoding") == 1
    assert b"accept-encoding: gzip\r\n" in head


def test_a_proxied_http_origin_is_named_in_full_and_the_proxy_sees_its_credentials() -> None:
    head = build(Origin("http", "a.test", 8000), PROXY)
    assert head.startswith(b"POST http://a.test:8000/v1 HTTP/1.1\r\nhost: a.test:8000\r\n")
    assert b"proxy-authorization: Basic eDp5\r\n" in head


def test_a_tunnelled_origin_never_sees_the_proxys_credentials() -> None:
    head = build(ORIGIN, PROXY)
    assert head.startswith(b"POST /v1 HTTP/1.1\r\n")
    assert b"proxy" not in head


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-a", b"b\r\nx-evil: 1"),
        (b"x-a", b"b\nx-evil: 1"),
        (b"x-a", b"b\rx-evil: 1"),
        (b"x-a", b"b\n"),
        (b"x-a\r\nx-evil", b"1"),
    ],
)
def test_a_line_break_in_a_header_is_refused(name: bytes, value: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        build(headers=[(name, value)])
    assert (caught.value.kind, caught.value.blame) == (Kind.INTERNAL, "gateway")
    assert "evil" not in caught.value.message


@pytest.mark.parametrize("target", [b"/v1 HTTP/1.1\r\nx-evil: 1", b"/v1\n", b"/v1\r", b"/a b"])
def test_a_target_that_breaks_the_request_line_is_refused(target: bytes) -> None:
    with pytest.raises(DragomanError):
        build(target=target)


def test_a_head_that_is_remembered_is_told_from_every_other() -> None:
    builder = HeadBuilder(ORIGIN, None)
    requests = [
        OutgoingRequest(ORIGIN, b"POST", b"/v1", [(b"a", b"1")], b"x"),
        OutgoingRequest(ORIGIN, b"POST", b"/v1", [(b"a", b"1")], b"longer"),
        OutgoingRequest(ORIGIN, b"POST", b"/v1", [(b"a", b"2")], b"x"),
        OutgoingRequest(ORIGIN, b"POST", b"/v2", [(b"a", b"1")], b"x"),
        OutgoingRequest(ORIGIN, b"PUT", b"/v1", [(b"a", b"1")], b"x"),
        OutgoingRequest(ORIGIN, b"POST", b"/v1", [(b"a", b"1"), (b"b", b"1")], b"x"),
    ]
    fresh = [HeadBuilder(ORIGIN, None).build(request) for request in requests]
    assert len(set(fresh)) == len(requests)
    for _ in range(2):
        assert [builder.build(request) for request in requests] == fresh


def test_only_so_many_heads_are_remembered() -> None:
    builder = HeadBuilder(ORIGIN, None)
    for number in range(3 * MAX_KNOWN_HEADS):
        value = b"%d" % number
        head = builder.build(OutgoingRequest(ORIGIN, b"POST", b"/v1", [(b"x-number", value)], b"{}"))
        assert b"x-number: " + value + b"\r\n\r\n" in head
        assert len(builder._known) <= MAX_KNOWN_HEADS
