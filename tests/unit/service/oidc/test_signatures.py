"""Signatures, right and wrong, by both kinds of keys."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.service.oidc.keys import PublicKey
from dragoman.service.oidc.signatures import is_signed_by
from dragoman.service.oidc.tokens import IdToken, parse_id_token
from tests.identity_provider import Provider, describe_ec, describe_rsa, make_ec_key, make_rsa_key

RSA = msgspec.convert(describe_rsa(make_rsa_key(), "first"), PublicKey)
EC = msgspec.convert(describe_ec(make_ec_key(), "curve"), PublicKey)


def make_token(signed_by: str, **head: object) -> IdToken:
    provider = Provider()
    provider.alg, provider.head = signed_by, dict(head)
    return parse_id_token(provider.make_token("n"))


@pytest.mark.parametrize(("alg", "key", "other"), [("RS256", RSA, EC), ("ES256", EC, RSA)])
def test_the_key_that_signed_is_found_among_others(alg: str, key: PublicKey, other: PublicKey) -> None:
    token = make_token(alg)
    assert is_signed_by(token, [key])
    assert is_signed_by(token, [other, key])
    assert not is_signed_by(token, [other])
    assert not is_signed_by(token, [])


@pytest.mark.parametrize(("alg", "key"), [("RS256", RSA), ("ES256", EC)])
def test_a_changed_text_or_signature_is_not_signed(alg: str, key: PublicKey) -> None:
    token = make_token(alg)
    assert not is_signed_by(token._replace(signed=token.signed + b"x"), [key])
    assert not is_signed_by(token._replace(signature=bytes(len(token.signature))), [key])
    assert not is_signed_by(token._replace(signature=b""), [key])


@pytest.mark.parametrize("alg", ["none", "HS256", "RS512", "", "ES256"])
def test_a_token_cannot_choose_how_an_rsa_key_is_used(alg: str) -> None:
    assert not is_signed_by(make_token("RS256", alg=alg), [RSA, EC])


def test_a_key_that_is_none_or_too_short_verifies_nothing() -> None:
    short = msgspec.convert(describe_rsa(make_rsa_key(1024), "first"), PublicKey)
    provider = Provider()
    provider.rsa_key = make_rsa_key(1024)
    assert not is_signed_by(parse_id_token(provider.make_token("n")), [short])
    for key in (PublicKey("RSA"), PublicKey("EC", crv="P-256"), PublicKey("EC", crv="P-521", x=EC.x, y=EC.y)):
        assert not is_signed_by(make_token("RS256" if key.kty == "RSA" else "ES256"), [key])
