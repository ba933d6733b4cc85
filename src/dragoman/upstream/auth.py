"""How a credential is shown to a provider: a table of schemes, each turning a secret into headers or a query.

Secrets that never travel are checked here and stay withheld; `authorize.py` uses them when a request is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from dragoman.errors import DragomanError, Kind
from dragoman.model.secret import Secret
from dragoman.plugins.accounts import find_account_plugin, split_account
from dragoman.routing.target import Shown, Withheld
from dragoman.upstream.cloud.aws import names_source
from dragoman.upstream.cloud.entra import parse_application
from dragoman.upstream.cloud.google import ANYWHERE
from dragoman.upstream.google_oauth import load_account_text, load_signer, parse_account
from dragoman.upstream.sigv4 import parse_aws_key


def _show_header(name: bytes, prefix: bytes = b"") -> Callable[[str], Shown]:
    return lambda secret: Shown(headers=((name, prefix + secret.encode()),))


def _withhold_aws_key(secret: str) -> Shown:
    if names_source(secret):
        return Shown(withheld=Withheld("aws", Secret(secret.strip())))
    parse_aws_key(secret)
    return Shown(withheld=Withheld("sigv4", Secret(secret)))


def _withhold_google_account(secret: str) -> Shown:
    if secret.strip() == ANYWHERE:
        return Shown(withheld=Withheld("google-oauth", Secret(ANYWHERE)))
    text = load_account_text(secret)
    load_signer(parse_account(text))
    return Shown(withheld=Withheld("google-oauth", Secret(text)))


def _withhold_application(secret: str) -> Shown:
    parse_application(secret)
    return Shown(withheld=Withheld("entra", Secret(secret)))


def _withhold_account(secret: str) -> Shown:
    name, _ = split_account(secret)
    find_account_plugin(name)
    return Shown(withheld=Withheld("account", Secret(secret)))


SCHEMES: dict[str, Callable[[str], Shown]] = {
    "none": lambda _: Shown(),
    "bearer": _show_header(b"authorization", b"Bearer "),
    "x-api-key": _show_header(b"x-api-key"),
    "x-goog-api-key": _show_header(b"x-goog-api-key"),
    "api-key": _show_header(b"api-key"),
    "query": lambda secret: Shown(query=b"key=" + quote(secret, safe="").encode()),
    "sigv4": _withhold_aws_key,
    "google-oauth": _withhold_google_account,
    "entra": _withhold_application,
    "account": _withhold_account,
}


def show_secret(scheme: str, secret: str) -> Shown:
    """The secret in the form of a scheme; refuses characters that would break out of a header."""
    show = SCHEMES.get(scheme)
    if show is None:
        known = ", ".join(sorted(SCHEMES))
        raise DragomanError(
            Kind.INVALID_REQUEST, f"The auth scheme {scheme!r} is not known; use one of {known}.", blame="gateway"
        )
    if not secret.isascii() or not secret.isprintable():
        raise DragomanError(
            Kind.INVALID_REQUEST,
            "A credential has characters that cannot stand in a header; look for a stray line break.",
            blame="gateway",
        )
    return show(secret)
