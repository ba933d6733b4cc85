"""A sign-in from its beginning to its end, and everything that may be wrong with one."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.oidc import OidcRoleSettings, OidcSettings
from dragoman.errors import DragomanError, Kind
from dragoman.model.secret import Secret
from dragoman.service.oidc.issuer import Issuer
from dragoman.service.oidc.sign_in import Beginning, OidcSignIn, Person, Return, build_challenge
from dragoman.service.oidc.signatures import is_signed_by
from dragoman.upstream.scripted import ScriptedTransport
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, NOW, Provider

ROLES = OidcRoleSettings(map={"operators": "admin", "staff": "viewer"})
SETTINGS = OidcSettings("https://id.example", CLIENT_ID, Secret(CLIENT_SECRET), "https://llm.example/", roles=ROLES)


class Visit:
    """Somebody signs in. What comes back may be changed before it does."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        clock = FixedClock(unix=NOW)
        self.sign_in = OidcSignIn(Issuer(SETTINGS, ScriptedTransport(provider.answer), clock, is_signed_by), clock)

    def begin(self) -> tuple[Beginning, Return]:
        begun, place = asyncio.run(self.sign_in.begin())
        back = self.provider.authorize(place)
        assert back.startswith("https://llm.example/console/oidc/callback?")
        return begun, Return(**dict(parse_qsl(urlsplit(back).query)))

    def finish(self, begun: Beginning | None, brought: Return) -> Person:
        return asyncio.run(self.sign_in.finish(begun, brought))

    def go(self) -> Person:
        return self.finish(*self.begin())


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("takes_basic", [True, False])
def test_who_has_a_role_comes_in_with_the_greatest_of_theirs(alg: str, takes_basic: bool) -> None:
    provider = Provider()
    provider.alg, provider.takes_basic = alg, takes_basic
    assert Visit(provider).go() == Person("oidc:ada@example.org", "admin")
    provider.claims["groups"] = ["staff"]
    assert Visit(provider).go().role == "viewer"


@pytest.mark.parametrize("groups", [[], ["guests"], "Operators", None, {"operators": True}])
def test_who_has_no_role_does_not_come_in(groups: Any) -> None:
    provider = Provider()
    provider.claims["groups"] = groups
    with pytest.raises(DragomanError, match="no role for you") as caught:
        Visit(provider).go()
    assert caught.value.kind is Kind.PERMISSION


def test_a_sign_in_of_another_browser_does_not_end_here() -> None:
    visit = Visit(Provider())
    begun, brought = visit.begin()
    for beginning in (None, begun._replace(state="another")):
        with pytest.raises(DragomanError, match="another browser"):
            visit.finish(beginning, brought)
    assert visit.finish(begun, brought).role == "admin"


def test_a_code_counts_once_and_only_for_who_began() -> None:
    visit = Visit(Provider())
    begun, brought = visit.begin()
    with pytest.raises(DragomanError, match="status 400"):
        visit.finish(begun._replace(verifier="stolen-code"), brought)
    begun, brought = visit.begin()
    visit.finish(begun, brought)
    with pytest.raises(DragomanError, match="status 400"):
        visit.finish(begun, brought)


def test_a_token_of_another_sign_in_does_not_count() -> None:
    visit = Visit(Provider())
    begun, brought = visit.begin()
    with pytest.raises(DragomanError, match="another sign-in"):
        visit.finish(begun._replace(nonce="another"), brought)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aud": "somebody-else"}, "meant for another client"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"exp": NOW - 3600}, "expired"),
    ],
)
def test_a_token_that_claims_something_else_does_not_count(changed: dict[str, Any], reason: str) -> None:
    provider = Provider()
    provider.claims |= changed
    with pytest.raises(DragomanError, match=reason):
        Visit(provider).go()


def test_a_token_that_nobody_has_signed_does_not_count() -> None:
    provider = Provider()
    provider.alg = "none"
    with pytest.raises(DragomanError, match="none of the issuer's keys"):
        Visit(provider).go()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"error": "access_denied"}, "not let you in"),
        ({"code": ""}, "not let you in"),
        ({"iss": "x"}, "Another provider"),
    ],
)
def test_a_refusal_or_a_mixed_up_provider_ends_it(changed: dict[str, str], reason: str) -> None:
    visit = Visit(Provider())
    begun, brought = visit.begin()
    with pytest.raises(DragomanError, match=reason):
        visit.finish(begun, brought._replace(**changed))
    assert "/token" not in visit.provider.asked


def test_no_two_beginnings_are_alike_and_the_challenge_is_that_of_the_specification() -> None:
    visit = Visit(Provider())
    assert len({text for _ in range(3) for text in visit.begin()[0]}) == 9
    assert (
        build_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
