"""What refers to what."""

from __future__ import annotations

import pytest

from tests.unit.config.loading import GOOD_KEY, load, refusal

ALPHA = "providers: {alpha: {api_key: k}, asleep: {row: alpha, enabled: false}}\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "gateway.lan", ""])
def test_listening_beyond_loopback_demands_a_key(host: str) -> None:
    message = refusal(f"server: {{host: '{host}'}}")
    assert "test.yaml: line 1, server.host: everyone who can reach this address could spend your money" in message
    assert load(f"server: {{host: '{host}'}}\nauth: {{keys: [{GOOD_KEY}]}}").server.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_no_key_is_needed(host: str) -> None:
    assert load(f"server: {{host: '{host}'}}").auth.keys == []


def test_hosts_and_origins_are_looked_at() -> None:
    message = refusal("server: {allowed_hosts: [ok, 'http://no'], allowed_origins: ['https://ok', '*']}")
    assert "server.allowed_hosts[1]: must be a host name" in message
    assert "server.allowed_origins[1]: must be an origin such as https://chat.example.org; * is not taken" in message


def test_the_address_of_a_postgres_is_looked_at_and_never_repeated() -> None:
    message = refusal("ledger: {url: 'mysql://ann:canary@host/db'}")
    assert "test.yaml: line 1, ledger.url: must begin with postgres://" in message
    assert "canary" not in message
    url = load("ledger: {url: 'postgres://ann:canary@host/db'}").ledger.url
    assert url is not None
    assert "canary" not in f"{url!r} {url}"
