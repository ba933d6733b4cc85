"""Tokens of Google's for whoever the gateway is there: a service account, a user, a workload known elsewhere, a machine.

Specs: https://cloud.google.com/docs/authentication/application-default-credentials for the order in which a credential
that says `default` looks; RFC 8693 for what a workload that is known elsewhere (`external_account`) exchanges.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from dragoman.upstream.cloud.counter import (
    LITTLE_PATIENCE,
    Surroundings,
    ask,
    ask_machine,
    build_form,
    build_request,
    count_seconds,
    read_text,
    read_told,
    refuse,
)
from dragoman.upstream.cloud.source import Grant
from dragoman.upstream.google_oauth import (
    LIFE_SECONDS,
    SCOPE,
    Account,
    Signer,
    build_token_form,
    load_account_text,
    load_signer,
    parse_account,
)

WHO = "Google"
ANYWHERE = "default"
USUAL_FILE = "application_default_credentials.json"
USUAL_FOLDER = "~/.config/gcloud"
METADATA_HOST = "metadata.google.internal"
NOBODY = (
    "No Google credentials were found: no GOOGLE_APPLICATION_CREDENTIALS, no file that gcloud has written, and no metadata "
    "server that answers."
)
_TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 - an address
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = LIFE_SECONDS


class _Impersonated(msgspec.Struct, frozen=True, rename="camel"):
    access_token: str
    expire_time: str


class GoogleIssuer:
    """Buys tokens for the account that a credential holds, or for the one that is found."""

    def __init__(self, secret: str, around: Surroundings) -> None:
        self._secret = secret
        self._around = around
        self._account: Account | None = None
        self._signer: Signer | None = None
        if secret.strip() != ANYWHERE:
            self._keep(parse_account(secret))

    def __repr__(self) -> str:
        return f"<GoogleIssuer: {self._account if self._account is not None else 'wherever Google looks'}>"

    async def issue(self) -> Grant[str]:
        """A token of the account; without one, of the machine."""
        if self._account is None and (text := self._find_file()):
            self._keep(parse_account(text))
        if self._account is None:
            return await self._ask_machine()
        return await self._buy(self._account)

    def _keep(self, account: Account) -> None:
        self._signer = load_signer(account)
        self._account = account

    def _find_file(self) -> str:
        named = self._around.read("GOOGLE_APPLICATION_CREDENTIALS")
        if named:
            return load_account_text(named)
        usual = Path(self._around.read("CLOUDSDK_CONFIG") or USUAL_FOLDER, USUAL_FILE)
        try:
            is_there = usual.expanduser().is_file()
        except (OSError, RuntimeError):
            is_there = False
        return load_account_text(str(usual)) if is_there else ""

    async def _ask_machine(self) -> Grant[str]:
        host = self._around.read("GCE_METADATA_HOST") or METADATA_HOST
        shown = {"metadata-flavor": WHO}
        request = build_request("GET", f"http://{host}{_TOKEN_PATH}", shown, timeouts=LITTLE_PATIENCE)
        return _grant(read_told(await ask_machine(self._around, request, NOBODY), "Google's metadata server", _Token))

    async def _buy(self, account: Account) -> Grant[str]:
        if account.source_credentials is not None:
            return await self._impersonate(account, await self._buy(account.source_credentials))
        if account.type == "external_account":
            form = await self._build_exchange(account)
            request = build_form(account.token_url, form)
        else:
            form = build_token_form(account, self._signer, self._around.clock.unix())
            request = build_form(account.token_uri, form)
        grant = _grant(read_told(await ask(self._around.transport, request), WHO, _Token))
        return await self._impersonate(account, grant) if account.service_account_impersonation_url else grant

    async def _build_exchange(self, account: Account) -> dict[str, str]:
        return {
            "grant_type": _EXCHANGE,
            "audience": account.audience,
            "scope": SCOPE,
            "requested_token_type": _ACCESS_TOKEN,
            "subject_token_type": account.subject_token_type,
            "subject_token": await self._read_subject(account),
        }

    async def _read_subject(self, account: Account) -> str:
        """What shows who the workload is elsewhere: the file, or the page, that its credentials name."""
        place = account.credential_source
        if place.file:
            text = read_text(place.file, "the subject token for Google")
        else:
            request = build_request("GET", place.url, place.headers, timeouts=LITTLE_PATIENCE)
            told = await ask(self._around.direct, request)
            text = told.body.decode("utf-8", "replace") if told.status == 200 else ""
        token = text if place.format.type == "text" else _pick(text, place.format.subject_token_field_name)
        if not token.strip():
            raise refuse("There is no subject token where the Google credentials say that one is.")
        return token.strip()

    async def _impersonate(self, account: Account, grant: Grant[str]) -> Grant[str]:
        """The token of the service account that this one may stand in for."""
        body = msgspec.json.encode({"scope": [SCOPE], "lifetime": f"{LIFE_SECONDS}s"})
        headers = {"authorization": f"Bearer {grant.value}", "content-type": "application/json"}
        request = build_request("POST", account.service_account_impersonation_url, headers, body)
        lent = read_told(await ask(self._around.transport, request), WHO, _Impersonated)
        return Grant(lent.access_token, count_seconds(lent.expire_time, self._around.clock.unix()))


def _grant(token: _Token) -> Grant[str]:
    return Grant(token.access_token, float(token.expires_in))


def _pick(text: str, field: str) -> str:
    try:
        fields: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return ""
    value = fields.get(field) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else ""
