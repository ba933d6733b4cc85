"""The second phase: what refers to what, and what must not be.

The schema has said that every value has the right type; here the whole is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dragoman.config.addresses import is_host, is_loopback, is_origin
from dragoman.config.credentials import complete_keys
from dragoman.config.known import Found, KnownRows
from dragoman.config.problems import Problems, suggest
from dragoman.config.providers import resolve_providers
from dragoman.config.schema import ProviderSettings, RouteSettings, Settings

MAX_NAME_LENGTH = 256


def resolve_settings(settings: Settings, rows: KnownRows, found: Iterable[Found], problems: Problems) -> Settings:
    """The settings, complete; whatever does not fit together is noted as a problem."""
    keys = complete_keys(settings.auth.keys, "auth.keys", problems)
    providers = resolve_providers(settings, rows, found, problems)
    _check_server(settings, problems)
    _check_routes(settings.routes, providers, problems)
    auth = msgspec.structs.replace(settings.auth, keys=keys)
    return msgspec.structs.replace(settings, auth=auth, providers=providers)


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


def _check_routes(routes: dict[str, RouteSettings], providers: dict[str, ProviderSettings], problems: Problems) -> None:
    owners = dict.fromkeys(routes, "the route of that name")
    for name, route in routes.items():
        path = f"routes.{name}"
        _check_name(name, path, problems)
        for index, alias in enumerate(route.aliases):
            inner = f"{path}.aliases[{index}]"
            _check_name(alias, inner, problems)
            if alias in owners:
                problems.add(inner, f"{alias!r} already belongs to {owners[alias]}")
            owners.setdefault(alias, f"the route {name!r}")
        if not route.targets:
            problems.add(path, "has no targets")
        for index, target in enumerate(route.targets):
            fault = _find_target_fault(target.target, routes, providers)
            if fault:
                problems.add(f"{path}.targets[{index}]", fault)


def _check_name(name: str, path: str, problems: Problems) -> None:
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        problems.add(path, "the name is empty, too long, or has unprintable characters")


def _find_target_fault(target: str, routes: dict[str, RouteSettings], providers: dict[str, ProviderSettings]) -> str:
    """Why a target cannot be reached; empty if it can."""
    provider_name, slash, model = target.partition("/")
    provider = providers.get(provider_name)
    if slash and model and provider is not None:
        return "" if provider.enabled else f"the provider {provider_name!r} is not enabled"
    if target in routes:
        return f"{target!r} is a route; a target must be provider/model"
    owners = [f"{name}/{target}" for name, one in providers.items() if target in (one.models or ())]
    if owners:
        return f"must be provider/model. Did you mean {owners[0]!r}?"
    if not slash or not model:
        return f"must be provider/model.{suggest(target, providers)}"
    near = suggest(provider_name, providers)
    return f"there is no provider {provider_name!r}.{near} Configure it, or set its key in the environment"
