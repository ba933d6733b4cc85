"""Routes made complete: every target is reachable, routes that lead to routes are spelled out, circles are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from dragoman.config.problems import Problems, suggest
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.routes import FallbackSettings, RouteSettings, TargetSettings
from dragoman.errors import Kind

MAX_NAME_LENGTH = 256
MAX_TARGETS = 256
MAX_DEPTH = 6
HEADER_PREFIXES = ("x-dragoman-", "x-claude-code-", "anthropic-", "openai-")
WILDCARD = "*"

FALLBACK_FIELDS: dict[Kind, str] = {
    Kind.RATE_LIMIT: "rate_limit",
    Kind.CONTEXT_LENGTH: "context_length",
    Kind.TOO_LARGE: "context_length",
    Kind.CONTENT_POLICY: "content_policy",
    Kind.TIMEOUT: "timeout",
    Kind.OVERLOADED: "unavailable",
    Kind.UNAVAILABLE: "unavailable",
    Kind.INTERNAL: "unavailable",
}
"""Which field of `FallbackSettings` says who is asked after an error of that kind."""

Routes = Mapping[str, RouteSettings]
Providers = Mapping[str, ProviderSettings]


def resolve_routes(routes: Routes, providers: Providers, problems: Problems) -> dict[str, RouteSettings]:
    """All routes, with nothing but `provider/model` behind them."""
    _check_names(routes, problems)
    expander = _Expander(routes, providers, problems)
    return {name: expander.expand_route(name, route) for name, route in routes.items()}


def _check_names(routes: Routes, problems: Problems) -> None:
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


def _check_name(name: str, path: str, problems: Problems) -> None:
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        problems.add(path, "the name is empty, too long, or has unprintable characters")
    elif name.count(WILDCARD) > 1:
        problems.add(path, "may hold one * only")


def _check_conditions(targets: Iterable[TargetSettings], path: str, problems: Problems) -> None:
    for index, target in enumerate(targets):
        condition = target.when
        if condition is None:
            continue
        inner = f"{path}[{index}].when"
        for name in condition.headers:
            if not name.lower().startswith(HEADER_PREFIXES):
                problems.add(
                    f"{inner}.headers", f"{name!r} is not read; it must begin with {' or '.join(HEADER_PREFIXES)}"
                )
        if 0 < condition.max_tokens < condition.min_tokens:
            problems.add(f"{inner}.max_tokens", "is less than min_tokens")


class _Expander:
    """Puts the targets of a route in the place of its name."""

    def __init__(self, routes: Routes, providers: Providers, problems: Problems) -> None:
        self._providers = providers
        self._problems = problems
        self._named = {alias: route for route in routes.values() for alias in route.aliases} | dict(routes)

    def expand_route(self, name: str, route: RouteSettings) -> RouteSettings:
        path = f"routes.{name}"
        targets = self._expand(route.targets, f"{path}.targets", (name,))
        _check_conditions(route.targets, f"{path}.targets", self._problems)
        self._check_mirror(route, path)
        given = {field: getattr(route.fallback, field) for field in FallbackSettings.__struct_fields__}
        fallback = {field: self._expand(listed, f"{path}.fallback.{field}", (name,)) for field, listed in given.items()}
        return msgspec.structs.replace(route, targets=targets, fallback=FallbackSettings(**fallback))

    def _expand(self, targets: Iterable[TargetSettings], path: str, above: tuple[str, ...]) -> list[TargetSettings]:
        """`above` are the routes on the way here; what is wrong with their targets is told where they stand."""
        expanded: list[TargetSettings] = []
        for index, target in enumerate(targets):
            inner = f"{path}[{index}]"
            route = None if self._is_reachable(target.target) else self._named.get(target.target)
            if route is None:
                if len(above) == 1:
                    self._check_target(target.target, above[0], inner)
                expanded.append(target)
            elif any(self._named[name] is route for name in above):
                if len(above) == 1 or target.target == above[0]:
                    self._problems.add(inner, f"leads in a circle: {' → '.join((*above, target.target))}")
            elif len(above) > MAX_DEPTH:
                self._problems.add(inner, f"leads through more than {MAX_DEPTH} routes")
            else:
                behind = self._expand(route.targets, inner, (*above, target.target))
                total = sum(one.weight for one in behind) or 1.0
                shares = [(one, target.weight * one.weight / total) for one in behind]
                if target.when is not None and any(one.when is not None for one in behind):
                    self._problems.add(
                        f"{inner}.when", f"the targets of {target.target!r} have conditions of their own"
                    )
                expanded += [
                    msgspec.structs.replace(one, weight=share, when=one.when or target.when) for one, share in shares
                ]
        if len(expanded) > MAX_TARGETS:
            self._problems.add(path, f"leads to more than {MAX_TARGETS} targets")
            return expanded[:MAX_TARGETS]
        return expanded

    def _check_mirror(self, route: RouteSettings, path: str) -> None:
        if route.mirror is None:
            return
        to = route.mirror.to
        if self._named.get(to) is route:
            self._problems.add(f"{path}.mirror.to", "leads to the route itself")
        elif to not in self._named and (fault := self._find_fault(to)):
            self._problems.add(f"{path}.mirror.to", fault)

    def _is_reachable(self, target: str) -> bool:
        provider_name, slash, model = target.partition("/")
        return bool(slash and model) and provider_name in self._providers

    def _check_target(self, target: str, name: str, path: str) -> None:
        fault = self._find_fault(target)
        if not fault and target.count(WILDCARD) > name.count(WILDCARD):
            fault = "has a * where the route's name has none"
        if fault:
            self._problems.add(path, fault)

    def _find_fault(self, target: str) -> str:
        """Why a target cannot be reached; empty if it can."""
        provider_name, slash, model = target.partition("/")
        provider = self._providers.get(provider_name)
        if slash and model and provider is not None:
            return "" if provider.enabled else f"the provider {provider_name!r} is not enabled"
        owners = [f"{name}/{target}" for name, one in self._providers.items() if target in (one.models or ())]
        if owners:
            return f"must be provider/model. Did you mean {owners[0]!r}?"
        if not slash or not model:
            return f"must be provider/model or a route.{suggest(target, [*self._providers, *self._named])}"
        near = suggest(provider_name, self._providers)
        return f"there is no provider {provider_name!r}.{near} Configure it, or set its key in the environment"
