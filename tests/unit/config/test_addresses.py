"""Addresses and URLs, judged without asking anyone."""

from __future__ import annotations

import pytest

from dragoman.config.addresses import find_url_fault, is_host, is_local_network, is_loopback, is_origin, points_at


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "gateway", "localhost.example.org"])
def test_nothing_else_is_taken_for_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.20", "10.1.2.3", "fd00::1", "gpu-box", "localhost"])
def test_the_own_network_is_recognised(host: str) -> None:
    assert is_local_network(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "llm.example.org", "api.openai.com"])
def test_the_world_is_not_the_own_network(host: str) -> None:
    assert not is_local_network(host)


@pytest.mark.parametrize(
    "url", ["https://api.test", "http://127.0.0.1:8000/v1", "http://[::1]:80/a/b", "HTTPS://API.test/v1"]
)
def test_a_sound_base_url_has_no_fault(url: str) -> None:
    assert find_url_fault(url) == ""


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "must begin with http"),
        ("api.test/v1", "must begin with http"),
        ("ftp://api.test", "must begin with http"),
        ("http://", "must begin with http"),
        ("http:///v1", "must begin with http"),
        ("http://host:many/", "not a URL"),
        ("http://host:99999/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://host:0/", "port 0"),
        ("https://user:pa55@host/", "user name or password"),
        ("https://host/v1?key=s3cret", "must end with its path"),
        ("https://host/#x", "must end with its path"),
        ("https://{region}.host/v1", "{place}"),
        ("https://ho st/", "characters that do not belong"),
        ("https://host/\x00", "characters that do not belong"),
        ("https://hößt/", "characters that do not belong"),
    ],
)
def test_a_fault_is_told_without_repeating_the_url(url: str, fault: str) -> None:
    told = find_url_fault(url)
    assert fault in told
    assert "pa55" not in told
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8642/v1", "127.0.0.1"),
        ("http://localhost:8642", "127.0.0.1"),
        ("http://127.0.0.1:8642", "0.0.0.0"),
        ("http://0.0.0.0:8642", "127.0.0.1"),
        ("http://10.0.0.5:8642", "10.0.0.5"),
        ("http://[::1]:8642", "::1"),
    ],
)
def test_a_url_that_leads_back_to_the_gateway_is_seen(url: str, host: str) -> None:
    assert points_at(url, host, 8642)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("https://api.test:8642", "127.0.0.1"),
        ("https://api.test", "0.0.0.0"),
        ("http://127.0.0.1:8642", "10.0.0.5"),
    ],
)
def test_other_places_are_not_the_gateway(url: str, host: str) -> None:
    assert not points_at(url, host, 8642)


def test_the_schemes_own_port_counts() -> None:
    assert points_at("http://127.0.0.1/v1", "127.0.0.1", 80)
    assert points_at("https://127.0.0.1/v1", "127.0.0.1", 443)


def test_an_origin_has_a_scheme_and_a_host_and_no_path() -> None:
    assert is_origin("https://chat.example.org")
    assert is_origin("http://localhost:3000")
    assert [one for one in ("*", "https://a.b/", "a.b", "https://", "null", "https://u@a.b") if is_origin(one)] == []


def test_a_host_has_neither_scheme_nor_path() -> None:
    assert is_host("gateway.lan:8642")
    assert is_host("[::1]:80")
    assert [one for one in ("http://a", "a/b", "a b", "", "a,b") if is_host(one)] == []
