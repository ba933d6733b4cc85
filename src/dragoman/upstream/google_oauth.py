"""Accounts of Google's, and what buys a token for one: a signed assertion, a refresh token, a token of somebody else's.

Spec: https://developers.google.com/identity/protocols/oauth2/service-account (RFC 7523) and RFC 6749 §6. The accounts are
the kinds of files that `GOOGLE_APPLICATION_CREDENTIALS` names: `service_account`, `authorized_user` and
`external_account`, a workload that Google knows by what another identity provider says of it; and
`impersonated_service_account`, an account that one of the others stands in for.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from dragoman.errors import DragomanError, Kind

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
LIFE_SECONDS = 3600
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_encode = msgspec.json.Encoder().encode


class SubjectFormat(msgspec.Struct, frozen=True):
    """Whether a subject token stands there as it is, or in a field of JSON."""

    type: Literal["text", "json"] = "text"
    subject_token_field_name: str = ""


class SubjectSource(msgspec.Struct, frozen=True):
    """Where the token of another identity provider is found."""

    file: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    format: SubjectFormat = SubjectFormat()
    environment_id: str = ""  # a workload of Amazon's, whose url is another thing


class Account(msgspec.Struct, frozen=True):
    """What Google's files of credentials hold; other fields are left where they are."""

    type: Literal["service_account", "authorized_user", "external_account", "impersonated_service_account"]
    client_email: str = ""
    private_key: str = ""
    private_key_id: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    token_uri: str = TOKEN_URI
    audience: str = ""
    subject_token_type: str = ""
    token_url: str = ""
    credential_source: SubjectSource = SubjectSource()
    service_account_impersonation_url: str = ""
    source_credentials: Account | None = None

    def __repr__(self) -> str:
        if self.source_credentials is not None:
            return f"<Account in the place of which {self.source_credentials!r} asks>"
        return f"<Account {self.client_email or self.client_id or self.audience}>"

    def list_needed(self) -> tuple[str, ...]:
        """What a file of its kind must hold."""
        if self.type == "service_account":
            return self.client_email, self.private_key
        if self.type == "authorized_user":
            return self.client_id, self.client_secret, self.refresh_token
        if self.type == "impersonated_service_account":
            own = self.source_credentials.list_needed() if self.source_credentials is not None else ("",)
            return self.service_account_impersonation_url, *own
        source = self.credential_source
        place = "" if source.environment_id else source.file or source.url
        return self.audience, self.subject_token_type, self.token_url, place


class Signer(Protocol):
    """Signs assertions."""

    def sign(self, text: bytes) -> bytes: ...


# -- at configuration load -------------------------------------------------------------------------------------------


def load_account_text(secret: str) -> str:
    """The JSON of an account: the secret itself, or the file that it names."""
    if secret.lstrip().startswith("{"):
        return secret
    try:
        return Path(secret).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise _bad_account("The file of Google credentials cannot be read; its path is the provider's key.") from None


def parse_account(text: str) -> Account:
    """An account, checked as far as it can be without asking Google."""
    try:
        account = msgspec.json.decode(text, type=Account)
    except (msgspec.MsgspecError, UnicodeError):
        raise _bad_account(
            "Google credentials must be the JSON of a service account, of an authorised user, of a workload known "
            "elsewhere (external_account), or of who stands in for a service account."
        ) from None
    if not all(account.list_needed()):
        raise _bad_account("The Google credentials lack a field; a workload known elsewhere needs a file or a url.")
    for address in (account.token_uri, account.token_url or TOKEN_URI):
        if urlsplit(address).hostname is None:
            raise _bad_account("The token_uri of the Google credentials is no address.")
    return account


def load_signer(account: Account) -> Signer | None:
    """What signs for an account, or for the one that asks in its place; None for one that signs nothing."""
    account = account.source_credentials or account
    if account.type != "service_account":
        return None
    try:
        from dragoman.upstream.rs256 import Rs256Signer
    except ImportError:
        raise _bad_account("A Google service account needs the extra: pip install 'dragoman[google]'.") from None
    try:
        return Rs256Signer(account.private_key)
    except (ValueError, TypeError):
        raise _bad_account("The private_key of the Google credentials is no RSA key in PEM.") from None


def _bad_account(message: str) -> DragomanError:
    return DragomanError(Kind.INVALID_REQUEST, message, blame="gateway")


# -- buying ----------------------------------------------------------------------------------------------------------


def build_token_form(account: Account, signer: Signer | None, unix: float) -> dict[str, str]:
    """The form that buys a token at the account's `token_uri`."""
    if signer is None:
        return {
            "grant_type": "refresh_token",
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "refresh_token": account.refresh_token,
        }
    return {"grant_type": _ASSERTION, "assertion": _build_assertion(account, signer, int(unix))}


def _build_assertion(account: Account, signer: Signer, now: int) -> str:
    head = {"alg": "RS256", "typ": "JWT", "kid": account.private_key_id}
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": now,
        "exp": now + LIFE_SECONDS,
    }
    text = _encode_part(_encode(head)) + b"." + _encode_part(_encode(claims))
    return (text + b"." + _encode_part(signer.sign(text))).decode()


def _encode_part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
