"""RSA signatures: those that the public key confirms."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from dragoman.upstream.rs256 import Rs256Signer
from tests.unit.upstream.service_account import PRIVATE_KEY, PRIVATE_KEY_TEXT


def test_a_signature_is_confirmed_by_the_public_key() -> None:
    signature = Rs256Signer(PRIVATE_KEY_TEXT).sign(b"text")
    PRIVATE_KEY.public_key().verify(signature, b"text", PKCS1v15(), SHA256())


def test_what_is_no_rsa_key_is_refused() -> None:
    locked = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    curve = ec.generate_private_key(ec.SECP256R1())
    elliptic = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem in ("", "nonsense", locked.decode(), elliptic.decode()):
        with pytest.raises((ValueError, TypeError)):
            Rs256Signer(pem)


def test_a_signer_does_not_show_its_key() -> None:
    assert repr(Rs256Signer(PRIVATE_KEY_TEXT)) == "<Rs256Signer ****>"
