"""Tokens of Microsoft Entra's for Azure: for an application with its secret, for a workload, for a machine.

Specs: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and, for machines,
https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. A credential is
`tenant:client:secret`; one that says `default` looks where Azure's own libraries do: for a secret, for the file of a
federated token, and then for the identity that is lent to the machine.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from dragoman.upstream.cloud.counter import (
    LITTLE_PATIENCE,
    Surroundings,
    Told,
    ask,
    ask_machine,
    build_form,
    build_request,
    read_text,
    read_told,
    refuse,
)
from dragoman.upstream.cloud.source import Grant

WHO = "Microsoft Entra"
ANYWHERE = "default"
RESOURCE = "https://cognitiveservices.azure.com"
AUTHORITY = "https://login.microsoftonline.com"
MACHINE_URL = "http://169.254.169.254/metadata/identity/oauth2/token"
NOBODY = (
    "No identity of Microsoft Entra was found: no AZURE_CLIENT_SECRET and no AZURE_FEDERATED_TOKEN_FILE with a tenant and a "
    "client, and no managed identity that answers."
)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Application(NamedTuple):
    """Who asks, and the secret that shows it."""

    tenant: str
    client: str
    secret: str


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int | str  # machines write the number as text


def parse_application(secret: str) -> Application | None:
    """What a credential says; None where it says `default`."""
    if secret.strip() == ANYWHERE:
        return None
    parts = secret.split(":", 2)
    if len(parts) != 3 or not all(parts):
        raise refuse(
            "A credential of Microsoft Entra is written as tenant:client:secret, or as `default` for that of the machine."
        )
    return Application(*parts)


class EntraIssuer:
    """Buys tokens for the application that a credential holds, or for the identity that is found."""

    def __init__(self, secret: str, around: Surroundings) -> None:
        self._application = parse_application(secret)
        self._around = around

    def __repr__(self) -> str:
        told = f"client {self._application.client}" if self._application is not None else "wherever Azure looks"
        return f"<EntraIssuer: {told}>"

    async def issue(self) -> Grant[str]:
        """A token, of the first identity there is."""
        read = self._around.read
        application = self._application or Application(
            read("AZURE_TENANT_ID"), read("AZURE_CLIENT_ID"), read("AZURE_CLIENT_SECRET")
        )
        path = read("AZURE_FEDERATED_TOKEN_FILE")
        if all(application):
            return await self._buy(application, {"client_secret": application.secret})
        if application.tenant and application.client and path:
            token = read_text(path, "the federated token for Azure").strip()
            return await self._buy(application, {"client_assertion_type": _ASSERTION, "client_assertion": token})
        return _grant(await self._ask_machine(application.client))

    async def _buy(self, application: Application, shown: dict[str, str]) -> Grant[str]:
        authority = self._around.read("AZURE_AUTHORITY_HOST").rstrip("/") or AUTHORITY
        authority = authority if "://" in authority else f"https://{authority}"
        form = {
            "grant_type": "client_credentials",
            "client_id": application.client,
            "scope": f"{RESOURCE}/.default",
            **shown,
        }
        request = build_form(f"{authority}/{quote(application.tenant, safe='')}/oauth2/v2.0/token", form)
        return _grant(await ask(self._around.transport, request))

    async def _ask_machine(self, client: str) -> Told:
        """The identity of a virtual machine, or of an app (App Service, Container Apps), which is told where to ask."""
        url, shown = self._around.read("IDENTITY_ENDPOINT"), self._around.read("IDENTITY_HEADER")
        query = {"api-version": "2019-08-01" if url and shown else "2018-02-01", "resource": RESOURCE}
        if client:
            query["client_id"] = client
        headers = {"x-identity-header": shown} if url and shown else {"metadata": "true"}
        place = url if url and shown else self._around.read("AZURE_POD_IDENTITY_AUTHORITY_HOST") or MACHINE_URL
        request = build_request("GET", f"{place}?{urlencode(query)}", headers, timeouts=LITTLE_PATIENCE)
        return await ask_machine(self._around, request, NOBODY)


def _grant(told: Told) -> Grant[str]:
    token = read_told(told, WHO, _Token)
    try:
        return Grant(token.access_token, float(token.expires_in))
    except ValueError:
        raise refuse(f"{WHO} lent something without a readable end.") from None
