"""Providers made complete: file over environment over catalogue, each saying only what it knows.

A provider is `moved` when somebody says where it is other than the catalogue; what the catalogue says of further
dialects does not hold for it then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args
from urllib.parse import urlsplit

import msgspec

from dragoman.config.addresses import find_url_fault, points_at
from dragoman.config.credentials import check_headers, complete_credentials, find_key_fault, name_found
from dragoman.config.known import Found, KnownRow, KnownRows
from dragoman.config.problems import Problems, suggest
from dragoman.config.schema import Settings
from dragoman.config.sections.local import LOCAL_PROVIDER
from dragoman.config.sections.providers import AuthScheme, DialectName, ProviderSettings
from dragoman.config.sections.server import ServerSettings
from dragoman.model.secret import Secret

DEFAULT_AUTH: dict[str, str] = {
    "openai_chat": "bearer",
    "openai_responses": "bearer",
    "anthropic_messages": "x-api-key",
    "gemini_generate": "x-goog-api-key",
    "bedrock_converse": "bearer",
}
"""How the maker of a dialect wants to be shown a key; for providers without a row."""

CLOUD_AUTH = frozenset({"sigv4", "google-oauth", "entra"})
LENT = "api_key: default if the machine is lent an identity"

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def resolve_providers(
    settings: Settings, rows: KnownRows, found: Iterable[Found], problems: Problems
) -> dict[str, ProviderSettings]:
    """All providers, complete; those that only the environment knows come last."""
    found_by_row = _sort_out(found, settings, problems)
    resolver = _ProviderResolver(settings.server, rows, found_by_row, problems)
    resolved = {name: resolver.resolve(name, provider) for name, provider in settings.providers.items()}
    if settings.discover_providers:
        taken = {provider.row for provider in resolved.values()} | resolved.keys()
        for name, one in found_by_row.items():
            if (
                name not in taken
                and not one.row.is_shy
                and (name != LOCAL_PROVIDER or _wants_local(settings, resolved))
            ):
                resolved[name] = _adopt(one)
    return resolved


def _wants_local(settings: Settings, resolved: Mapping[str, ProviderSettings]) -> bool:
    """Models on this machine step in where nobody else is there, or where a route names them; never unasked."""
    targets = (one.target for route in settings.routes.values() for one in route.targets)
    is_named = any(target.startswith(f"{LOCAL_PROVIDER}/") for target in targets)
    return settings.local.enabled and (is_named or not any(one.enabled for one in resolved.values()))


def _sort_out(found: Iterable[Found], settings: Settings, problems: Problems) -> dict[str, Found]:
    """What was found, by row, without what cannot be called.

    A variable such as OPENAI_BASE_URL may point at this very gateway, because it is meant for the clients on the same
    machine; then it says nothing about a provider, which stays where it is without that variable.
    """
    sound: dict[str, Found] = {}
    for one in found:
        if fault := find_url_fault(one.base_url):
            problems.add("", fault, " or ".join(one.row.base_url_env) or one.source)
        elif not points_at(one.base_url, settings.server.host, settings.server.port):
            sound[one.row.name] = one
        elif one.unmoved is not None and not _is_meant_for_clients(one.unmoved, settings):
            sound[one.row.name] = one.unmoved
    return sound


def _is_meant_for_clients(found: Found, settings: Settings) -> bool:
    """Whether the key beside such a variable is one that clients show to the gateway, or show for want of one (`-`)."""
    own = [key.secret for key in settings.auth.keys]
    return any(secret in own or find_key_fault(secret.reveal()) for secret in found.secrets)


def _adopt(found: Found) -> ProviderSettings:
    """A provider that is there only because the environment has a key or an address for it."""
    row = found.row
    credentials = name_found(found)
    return ProviderSettings(
        row=row.name,
        dialect=cast("DialectName", row.dialect),
        base_url=found.base_url,
        auth=cast("AuthScheme", _select_auth(row.auth, has_credentials=bool(credentials))),
        credentials=credentials,
        headers=_hide(row.headers),
        models=list(row.models),
        also=dict(row.also) if found.base_url == row.base_url else {},
    )


class _ProviderResolver:
    """Completes one provider after the other."""

    def __init__(
        self, server: ServerSettings, rows: KnownRows, found_by_row: dict[str, Found], problems: Problems
    ) -> None:
        self._server = server
        self._rows = rows
        self._found_by_row = found_by_row
        self._problems = problems

    def resolve(self, name: str, provider: ProviderSettings) -> ProviderSettings:
        path = f"providers.{name}"
        if not _NAME.fullmatch(name):
            self._problems.add(
                path, "the name may have letters, digits and . _ - only, and begins with one of the first two"
            )
        if not provider.enabled:
            return msgspec.structs.replace(provider, row=provider.row or (name if name in self._rows else ""))
        row = self._find_row(name, provider, path)
        if row is None and not (provider.dialect and provider.base_url):
            return provider
        check_headers(provider.headers, f"{path}.headers", self._problems)
        self._check_models(provider, path)
        return self._complete(provider, row, path)

    def _find_row(self, name: str, provider: ProviderSettings, path: str) -> KnownRow | None:
        wanted = provider.row or name
        row = self._rows.get(wanted)
        if row is not None:
            leads_back = points_at(row.base_url, self._server.host, self._server.port)
            return row.unmoved if leads_back and row.unmoved is not None else row
        near = suggest(wanted, self._rows)
        if provider.row:
            self._problems.add(f"{path}.row", f"the catalogue has no row {wanted!r}.{near}")
        elif not (provider.dialect and provider.base_url):
            message = f"the catalogue does not know {wanted!r}.{near} Give it a row, or a dialect and a base_url"
            self._problems.add(path, message)
        return None

    def _complete(self, provider: ProviderSettings, row: KnownRow | None, path: str) -> ProviderSettings:
        found = self._found_by_row.get(row.name) if row else None
        dialect = provider.dialect or (row.dialect if row else "")
        base_url = provider.base_url.rstrip("/") or self._find_base_url(row, found, dialect)
        if provider.api_version:
            self._check_api_version(provider.api_version, dialect, path)
            base_url = locate_older_api(base_url)
        credentials = complete_credentials(provider, found, path, self._problems)
        auth = provider.auth or _select_auth(
            row.auth if row else DEFAULT_AUTH[dialect], has_credentials=bool(credentials)
        )
        self._check_base_url(base_url, row, dialect, path)
        self._check_auth(auth, row, path, has_credentials=bool(credentials))
        self._check_also(provider, path)
        is_moved = row is None or base_url != row.base_url
        return msgspec.structs.replace(
            provider,
            row=row.name if row else "",
            dialect=dialect,
            base_url=base_url,
            auth=auth,
            api_key=None,
            credentials=credentials,
            headers=(_hide(row.headers) if row else {}) | provider.headers,
            profile=_put_api_version(provider),
            models=provider.models if provider.models is not None else list(row.models if row else ()),
            also=provider.also or ({} if is_moved or row is None else dict(row.also)),
        )

    def _find_base_url(self, row: KnownRow | None, found: Found | None, dialect: str) -> str:
        if row is None:
            return ""
        if dialect != row.dialect:
            return row.also.get(dialect, "")
        return found.base_url if found is not None else row.base_url

    def _check_base_url(self, base_url: str, row: KnownRow | None, dialect: str, path: str) -> None:
        if not base_url:
            places = [names[0] for names in row.places.values()] if row else []
            ways = [*([" and ".join(places)] if places else []), *(row.base_url_env if row else ())]
            hint = f" (or set {', '.join(ways)})" if ways else ""
            self._problems.add(path, f"nobody says where it is: give it a base_url{hint}")
        elif fault := find_url_fault(base_url):
            self._problems.add(f"{path}.base_url", fault)
        elif dialect == "anthropic_messages" and base_url.endswith("/v1"):
            self._problems.add(f"{path}.base_url", "must not end in /v1; this dialect puts /v1/messages behind it")
        elif points_at(base_url, self._server.host, self._server.port):
            self._problems.add(f"{path}.base_url", "leads back to this gateway; requests would go round in circles")

    def _check_auth(self, auth: str, row: KnownRow | None, path: str, *, has_credentials: bool) -> None:
        if auth != "none" and not has_credentials:
            variables = " or ".join(row.key_env) if row else ""
            hint = f"Set {variables}, write" if variables else "Write"
            way = LENT if auth in CLOUD_AUTH else "auth: none if it needs none"
            message = f"has no key. {hint} api_key: ${{A_VARIABLE}}, or {way}"
            self._problems.add(path, message)

    def _check_api_version(self, version: str, dialect: str, path: str) -> None:
        if not _VERSION.fullmatch(version):
            self._problems.add(f"{path}.api_version", "must be a version such as 2024-10-21, in quotes")
        elif dialect != "openai_chat":
            self._problems.add(f"{path}.api_version", "is for the dialect openai_chat alone; there it moves the paths")

    def _check_also(self, provider: ProviderSettings, path: str) -> None:
        dialects = [name for name in get_args(DialectName) if name]
        for dialect, url in provider.also.items():
            inner = f"{path}.also.{dialect}"
            if dialect not in dialects:
                self._problems.add(
                    inner, f"is no dialect; known are {', '.join(dialects)}.{suggest(dialect, dialects)}"
                )
            elif fault := find_url_fault(url):
                self._problems.add(inner, fault)

    def _check_models(self, provider: ProviderSettings, path: str) -> None:
        for index, model in enumerate(provider.models or ()):
            if not model.strip() or not model.isprintable():
                self._problems.add(f"{path}.models[{index}]", "is not the name of a model")


def locate_older_api(base_url: str) -> str:
    """Where Azure's older paths begin, of an address that ends where the newer ones do, or that has no path at all."""
    base_url = base_url.removesuffix("/v1")
    return base_url if urlsplit(base_url).path.strip("/") or not base_url else f"{base_url}/openai"


def _put_api_version(provider: ProviderSettings) -> dict[str, Any]:
    version = provider.api_version
    return {"api_version": version, **provider.profile} if version else provider.profile


def _select_auth(auth: str, *, has_credentials: bool) -> str:
    """A server that needs no key may be run with one (vLLM's `--api-key`)."""
    return "bearer" if auth == "none" and has_credentials else auth


def _hide(headers: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in headers.items()}
