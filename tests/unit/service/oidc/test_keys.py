"""Which of an issuer's keys may have signed."""

from __future__ import annotations

from dragoman.service.oidc.keys import PublicKey, select_keys

KEYS = [PublicKey("RSA", "a"), PublicKey("EC", "b"), PublicKey("RSA", "a", use="enc")]


def test_the_named_key_is_meant_and_none_that_only_encrypts() -> None:
    assert select_keys(KEYS, "a") == KEYS[:1]
    assert select_keys(KEYS, "c") == []


def test_a_token_that_names_none_may_be_signed_by_any() -> None:
    assert select_keys(KEYS, "") == KEYS[:2]
