"""An identity provider for tests: real keys, real signatures, and whatever else it is told to say."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest

CLIENT_ID, CLIENT_SECRET = "dragoman-console", "a secret: with/signs"
NOW = 1_750_000_000


@cache
def make_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def make_ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_number(number: int, size: int = 0) -> str:
    return encode(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def describe_rsa(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": encode_number(numbers.n), "e": encode_number(numbers.e)}


def describe_ec(key: ec.EllipticCurvePrivateKey, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC", "crv": "P-256", "kid": kid, "x": encode_number(numbers.x, 32), "y": encode_number(numbers.y, 32)
    }  # fmt: skip


class Provider:
    """What it knows and says. `claims` are laid over the usual ones, `head` over the usual head of a token; `now` is
    the moment at which tokens are made."""

    def __init__(self, issuer: str = "https://id.example") -> None:
        self.issuer = issuer
        self.alg = "RS256"
        self.kid = "first"
        self.rsa_key = make_rsa_key()
        self.claims: dict[str, Any] = {"groups": ["staff", "operators"], "email": "ada@example.org"}
        self.head: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.now = NOW
        self.asked: list[str] = []
        self.takes_basic = True
        self.gateway_url = ""  # where browsers are sent back to, if that is not known when the gateway starts
        self._codes: dict[str, dict[str, str]] = {}

    def authorize(self, location: str) -> str:
        """Where it sends a browser that came with this address, once its person has agreed."""
        query = dict(parse_qsl(urlsplit(location).query))
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["client_id"] == CLIENT_ID
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        path = urlsplit(query["redirect_uri"]).path
        back = self.gateway_url + path if self.gateway_url else query["redirect_uri"]
        return back + "?" + urlencode({"code": code, "state": query["state"], "iss": self.issuer})

    def answer(self, request: OutgoingRequest) -> Script:
        """What it answers to the gateway."""
        headers = {name.decode(): value.decode() for name, value in request.headers}
        status, content = self.find(request.target.decode(), headers, request.body.decode())
        return Script(status, [], (json.dumps(content).encode(),))

    def find(self, target: str, headers: dict[str, str], body: str) -> tuple[int, Any]:
        """Status and content of one of its pages."""
        self.asked.append(target)
        match target:
            case "/.well-known/openid-configuration":
                methods = ["client_secret_basic"] if self.takes_basic else ["client_secret_post"]
                pages = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
                found = {name: f"{self.issuer}/{page}" for name, page in pages.items()}
                told = {"issuer": self.issuer, "token_endpoint_auth_methods_supported": methods}
                return 200, {**told, **found, **self.discovery}
            case "/keys":
                return 200, {"keys": [describe_rsa(self.rsa_key, self.kid), describe_ec(make_ec_key(), "curve")]}
            case "/token":
                return self._sell(headers, {name: values[0] for name, values in parse_qs(body).items()})
        return 404, {}

    def _sell(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        asked = self._codes.pop(form["code"], None)
        if asked is None or not self._is_client(headers, form) or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        challenge = encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"id_token": self.make_token(asked["nonce"]), "access_token": "unused", "token_type": "Bearer"}

    def _is_client(self, headers: dict[str, str], form: dict[str, str]) -> bool:
        if not self.takes_basic:
            return (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        basic = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
        return basic == "dragoman-console:a%20secret%3A%20with%2Fsigns"

    def make_token(self, nonce: str) -> str:
        """An ID token."""
        usual = {"iss": self.issuer, "sub": "17", "aud": CLIENT_ID, "iat": self.now, "exp": self.now + 300}
        kid = "curve" if self.alg == "ES256" else self.kid
        pieces = [{"alg": self.alg, "kid": kid, **self.head}, {**usual, "nonce": nonce, **self.claims}]
        signed = ".".join(encode(json.dumps(piece).encode()) for piece in pieces)
        return f"{signed}.{encode(self._sign(signed.encode()))}"

    def _sign(self, text: bytes) -> bytes:
        if self.alg == "ES256":
            halves = decode_dss_signature(make_ec_key().sign(text, ec.ECDSA(SHA256())))
            return b"".join(half.to_bytes(32, "big") for half in halves)
        return self.rsa_key.sign(text, PKCS1v15(), SHA256()) if self.alg == "RS256" else b""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """One that browsers and gateways of this machine can reach. Its person agrees at once."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/authorize?"):
                self.send_response(303)
                self.send_header("location", provider.authorize(self.path))
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = provider.find(self.path, headers, body)
            told = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_given: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
