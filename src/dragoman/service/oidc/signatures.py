"""Signatures of ID tokens: RS256 and ES256, by the issuer's public keys (RFC 7515, 7517, 7518).

Needs `cryptography`, and is loaded only where signing in this way is configured. Invariant: the kind of the key decides
which algorithm counts; what a token says of itself has to agree with it, so that none can choose a weaker one.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from dragoman.service.oidc.keys import PublicKey
from dragoman.service.oidc.tokens import IdToken, decode_part

ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
COORDINATE_BYTES = 32
MIN_RSA_BITS = 2048


def is_signed_by(token: IdToken, keys: Sequence[PublicKey]) -> bool:
    """Whether one of the keys has signed it."""
    return any(_verify(token, key) for key in keys if ALGORITHMS.get(key.kty) == token.head.alg)


def _verify(token: IdToken, key: PublicKey) -> bool:
    try:
        if key.kty == "RSA":
            _verify_rsa(token, key)
        else:
            _verify_ec(token, key)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify_rsa(token: IdToken, key: PublicKey) -> None:
    public = RSAPublicNumbers(_read_number(key.e), _read_number(key.n)).public_key()
    if public.key_size < MIN_RSA_BITS:
        raise ValueError("the key is too short")
    public.verify(token.signature, token.signed, PKCS1v15(), SHA256())


def _verify_ec(token: IdToken, key: PublicKey) -> None:
    if key.crv != "P-256" or len(token.signature) != 2 * COORDINATE_BYTES:
        raise ValueError("no key or no signature of this curve")
    public = EllipticCurvePublicNumbers(_read_number(key.x), _read_number(key.y), SECP256R1()).public_key()
    halves = token.signature[:COORDINATE_BYTES], token.signature[COORDINATE_BYTES:]
    signature = encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
    public.verify(signature, token.signed, ECDSA(SHA256()))


def _read_number(text: str) -> int:
    return int.from_bytes(decode_part(text), "big")
