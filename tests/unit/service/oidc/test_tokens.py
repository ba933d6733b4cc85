"""What an ID token claims, and what is refused of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError
from dragoman.service.oidc.tokens import (
    LEEWAY_SECONDS,
    Claims,
    Expected,
    check_claims,
    find_values,
    parse_id_token,
    select_name,
)
from tests.identity_provider import CLIENT_ID, NOW, Provider, encode

GOOD = Claims("https://id.example", "17", CLIENT_ID, NOW + 300, NOW, "the-nonce")
EXPECTED = Expected("https://id.example", CLIENT_ID, "the-nonce")


def test_a_token_is_taken_apart_and_what_is_signed_stays_as_it_was() -> None:
    text = Provider().make_token("n")
    token = parse_id_token(text)
    assert (token.head.alg, token.claims.nonce, token.claims.sub) == ("RS256", "n", "17")
    assert token.signed.decode() + "." + encode(token.signature) == text
    assert token.everything["groups"] == ["staff", "operators"]


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "..", "e30.e30.", "é.é.é", f"{encode(b'{}')}.{encode(b'[]')}.", "x" * 70_000 + ".y.z"]
)
def test_what_is_no_token_is_refused_and_nothing_of_it_repeated(text: str) -> None:
    with pytest.raises(DragomanError, match="not the form of one") as caught:
        parse_id_token(text)
    assert caught.value.status == 401


def test_a_token_that_says_all_it_has_to_is_taken_also_among_several_audiences() -> None:
    check_claims(GOOD, EXPECTED, NOW)
    check_claims(msgspec.structs.replace(GOOD, aud=["other", CLIENT_ID], azp=CLIENT_ID), EXPECTED, NOW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"aud": "other"}, "meant for another client"),
        ({"aud": []}, "meant for another client"),
        ({"aud": [CLIENT_ID, "other"]}, "given to another client"),
        ({"azp": "other"}, "given to another client"),
        ({"nonce": ""}, "another sign-in"),
        ({"nonce": "of-before"}, "another sign-in"),
        ({"exp": NOW - LEEWAY_SECONDS}, "expired"),
        ({"iat": NOW + LEEWAY_SECONDS + 1}, "future"),
    ],
)
def test_a_token_that_says_something_else_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(DragomanError, match=reason):
        check_claims(msgspec.structs.replace(GOOD, **changed), EXPECTED, NOW)


def test_values_of_a_claim_are_found_by_its_name_or_by_its_dots() -> None:
    assert find_values({"groups": ["a", 3, "b"]}, "groups") == ["a", "b"]
    assert find_values({"role": "a"}, "role") == ["a"]
    assert find_values({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == ["a"]
    assert find_values({"https://x.example/roles": ["a"]}, "https://x.example/roles") == ["a"]
    assert find_values({"groups": "a"}, "groups.inner") == []
    assert find_values({}, "groups") == []


def test_somebody_is_called_by_what_people_can_read_and_never_as_a_key_is() -> None:
    assert select_name(GOOD) == "oidc:17"
    assert select_name(msgspec.structs.replace(GOOD, preferred_username="ada")) == "oidc:ada"
    assert select_name(msgspec.structs.replace(GOOD, preferred_username="ada", email="a@b")) == "oidc:a@b"
