"""The second phase: what refers to what, and what must not be.

The schema has said that every value has the right type; here the whole is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dragoman.config.addresses import is_host, is_loopback, is_origin
from dragoman.config.context import check_context
from dragoman.config.credentials import complete_keys
from dragoman.config.known import Found, KnownRows
from dragoman.config.media import check_media
from dragoman.config.oidc import check_oidc
from dragoman.config.postgres_url import PATH, find_postgres_url_fault
from dragoman.config.prices import check_prices
from dragoman.config.problems import Problems
from dragoman.config.providers import resolve_providers
from dragoman.config.routes import resolve_routes
from dragoman.config.schema import Settings


def resolve_settings(settings: Settings, rows: KnownRows, found: Iterable[Found], problems: Problems) -> Settings:
    """The settings, complete; whatever does not fit together is noted as a problem."""
    keys = complete_keys(settings.auth.keys, "auth.keys", problems)
    providers = resolve_providers(settings, rows, found, problems)
    _check_server(settings, problems)
    _check_ledger(settings, problems)
    check_prices(settings.prices, problems)
    check_context(settings, problems)
    check_oidc(settings.console.oidc, problems)
    check_media(settings, providers, problems)
    routes = resolve_routes(settings.routes, providers, problems)
    auth = msgspec.structs.replace(settings.auth, keys=keys)
    return msgspec.structs.replace(settings, auth=auth, providers=providers, routes=routes)


def _check_server(settings: Settings, problems: Problems) -> None:
    server = settings.server
    if not settings.auth.keys and not is_loopback(server.host):
        message = (
            "everyone who can reach this address could spend your money: set DRAGOMAN_API_KEY or auth.keys, "
            "or listen on 127.0.0.1"
        )
        problems.add("server.host", message)
    for index, host in enumerate(server.allowed_hosts):
        if not is_host(host):
            problems.add(f"server.allowed_hosts[{index}]", "must be a host name, without scheme or path")
    for index, origin in enumerate(server.allowed_origins):
        if not is_origin(origin):
            message = "must be an origin such as https://chat.example.org; * is not taken"
            problems.add(f"server.allowed_origins[{index}]", message)


def _check_ledger(settings: Settings, problems: Problems) -> None:
    url = settings.ledger.url
    if url is not None and (fault := find_postgres_url_fault(url)):
        problems.add(PATH, fault)
