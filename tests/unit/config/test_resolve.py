"""What refers to what."""

from __future__ import annotations

import pytest

from tests.unit.config.loading import FOUND_ALPHA, GOOD_KEY, load, refusal

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


@pytest.mark.parametrize(
    ("target", "mistake"),
    [
        ("alhpa/x", "there is no provider 'alhpa'. Did you mean 'alpha'?"),
        ("asleep/x", "the provider 'asleep' is not enabled"),
        ("a-1", "must be provider/model. Did you mean 'alpha/a-1'?"),
        ("alpha", "must be provider/model. Did you mean 'alpha'?"),
        ("alpha/", "must be provider/model."),
        ("/x", "there is no provider ''"),
        ("other", "'other' is a route; a target must be provider/model"),
    ],
)
def test_a_target_that_leads_nowhere_is_told(target: str, mistake: str) -> None:
    message = refusal(ALPHA + f"routes:\n  r: [alpha/ok, {target}]\n  other: alpha/x\n")
    assert f"line 3, routes.r.targets[1]: {mistake}" in message


def test_a_route_may_lead_to_a_provider_that_only_the_environment_has() -> None:
    assert load("routes: {r: alpha/x}", found=(FOUND_ALPHA,)).routes["r"].targets[0].target == "alpha/x"


def test_a_models_name_may_have_slashes_of_its_own() -> None:
    assert load(ALPHA + "routes: {r: alpha/maker/model}").routes["r"].targets[0].target == "alpha/maker/model"


def test_a_route_without_targets_is_refused() -> None:
    assert "routes.r: has no targets" in refusal("routes: {r: {targets: []}}")


def test_an_alias_belongs_to_one_route_only() -> None:
    text = ALPHA + (
        "routes:\n"
        "  a: {targets: alpha/x, aliases: [b, c, a]}\n"
        "  b: {targets: alpha/x, aliases: [c]}\n"
        "  d: {targets: alpha/x, aliases: [e, e]}\n"
    )
    message = refusal(text)
    assert "routes.a.aliases[0]: 'b' already belongs to the route of that name" in message
    assert "routes.a.aliases[2]: 'a' already belongs to the route of that name" in message
    assert "routes.b.aliases[0]: 'c' already belongs to the route 'a'" in message
    assert "routes.d.aliases[1]: 'e' already belongs to the route 'd'" in message


@pytest.mark.parametrize("name", ["''", "' '", '"a\\tb"', "x" * 257])
def test_a_name_that_nobody_could_ask_for_is_refused(name: str) -> None:
    assert "the name is empty, too long, or has unprintable characters" in refusal(
        ALPHA + f"routes:\n  ? {name}\n  : alpha/x\n"
    )
