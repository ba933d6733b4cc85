"""Proxy variables read as everybody reads them, and what is reached directly."""

from __future__ import annotations

import base64

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.proxy import NO_PROXIES, Proxy, ProxyRules, format_authority, parse_proxy_rules, select_proxy
from dragoman.upstream.transport import Origin

HTTP = Proxy("plain.test", 8080)
HTTPS = Proxy("secure.test", 3128)
RULES = ProxyRules(HTTP, HTTPS)


def test_variables_become_rules() -> None:
    rules = parse_proxy_rules(
        {"HTTP_PROXY": "http://plain.test:8080", "https_proxy": "secure.test:3128", "NO_PROXY": " a.test, ,.B.test "}
    )
    assert rules == ProxyRules(HTTP, HTTPS, ("a.test", ".b.test"))


def test_lower_case_wins_and_an_empty_variable_is_none() -> None:
    assert parse_proxy_rules({"https_proxy": "http://a.test", "HTTPS_PROXY": "http://b.test"}).https == Proxy(
        "a.test", 80
    )
    assert parse_proxy_rules({"HTTPS_PROXY": "", "HTTP_PROXY": "  "}) == NO_PROXIES


def test_credentials_in_the_url_are_decoded_sent_and_never_shown() -> None:
    proxy = parse_proxy_rules({"HTTPS_PROXY": "http://me%40home:p%3Ass@proxy.test:1"}).https
    assert proxy is not None
    assert proxy.authorization == b"Basic " + base64.b64encode(b"me@home:p:ss")
    assert repr(proxy) == "<Proxy proxy.test:1, with credentials>"


@pytest.mark.parametrize(
    "url", ["socks5://user:secret@proxy.test:1080", "https://proxy.test", "http://", "http://a:b", "http://[::1"]
)
def test_a_proxy_that_we_cannot_speak_to_is_refused_by_name_and_without_its_url(url: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_proxy_rules({"HTTPS_PROXY": url})
    assert caught.value.path == "HTTPS_PROXY"
    assert "secret" not in str(caught.value)


def test_the_scheme_of_the_origin_chooses_the_proxy() -> None:
    assert select_proxy(RULES, Origin("http", "a.test", 80)) is HTTP
    assert select_proxy(RULES, Origin("https", "a.test", 443)) is HTTPS
    assert select_proxy(ProxyRules(http=HTTP), Origin("https", "a.test", 443)) is None


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "api.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_never_proxied(host: str) -> None:
    assert select_proxy(RULES, Origin("http", host, 80)) is None


def test_a_unix_socket_is_never_proxied() -> None:
    assert select_proxy(RULES, Origin("http", "a.test", 80, "/run/a")) is None


@pytest.mark.parametrize(
    ("entry", "host", "is_direct"),
    [
        ("*", "a.test", True),
        ("a.test", "a.test", True),
        ("a.test", "A.Test.", True),
        ("a.test", "x.a.test", True),
        (".a.test", "x.a.test", True),
        (".a.test", "a.test", True),
        ("*.a.test", "x.a.test", True),
        ("a.test", "ba.test", False),
        ("a.test", "a.test.evil", False),
        ("a.test:443", "a.test", True),
        ("a.test:80", "a.test", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "a.test", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8", "fd00::1", True),
        ("fd00::1", "fd00::1", True),
        ("[fd00::1]:443", "fd00::1", True),
        ("[fd00::1]:80", "fd00::1", False),
        ("not/a-network", "10.1.2.3", False),
    ],
)
def test_listed_hosts_are_reached_directly(entry: str, host: str, is_direct: bool) -> None:
    rules = parse_proxy_rules({"HTTPS_PROXY": "http://p.test", "no_proxy": f"other.test,{entry}"})
    assert (select_proxy(rules, Origin("https", host, 443)) is None) is is_direct


def test_an_authority_brackets_ipv6() -> None:
    assert format_authority("a.test", 1) == "a.test:1"
    assert format_authority("::1", 1) == "[::1]:1"
