"""From the model name that a client sent to the route that answers it.

Four ways, in this order: the name of a configured route or one of its aliases; the longest pattern (`claude-*`) of a
configured route that fits; `provider/model`; the bare name of a model that some provider is known to have. Anything
else is a 404 that suggests the nearest names.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.routing.capability import survey
from dragoman.routing.target import Provider, Route, Target

MAX_NAME_LENGTH = 256
MAX_REMEMBERED = 4096
WILDCARD = "*"


class Resolver:
    """Looks a name up. Routes made up for `provider/model` names are remembered, up to a bound."""

    def __init__(
        self, routes: Iterable[Route], providers: Iterable[Provider], build_target: Callable[[Provider, str], Target]
    ) -> None:
        named = {route.name: route for route in routes}
        self._routes = {name: route for name, route in named.items() if WILDCARD not in name}
        patterns = [name for name in named if WILDCARD in name]
        self._patterns = [named[name] for name in sorted(patterns, key=len, reverse=True)]
        self._providers = {provider.name: provider for provider in providers}
        self._build_target = build_target
        self._known = dict(self._routes)  # and what was found for other names, up to a bound
        self._owners: dict[str, Provider] = {}
        for provider in self._providers.values():
            for model in provider.models:
                self._owners.setdefault(model, provider)

    @property
    def names(self) -> list[str]:
        """Every name that a client may ask for and that is known beforehand."""
        named = [f"{provider.name}/{model}" for provider in self._providers.values() for model in provider.models]
        return [*self._routes, *named]

    @property
    def routes(self) -> list[Route]:
        """Every configured route, those whose name is a pattern last."""
        return [*self._routes.values(), *self._patterns]

    @property
    def providers(self) -> list[Provider]:
        return list(self._providers.values())

    def build(self, provider: Provider, model: str) -> Target:
        """A target with the profile of its model, whether anybody has configured it or not."""
        return self._build_target(provider, model)

    def resolve(self, name: str) -> Route:
        """The route for a name; raises NOT_FOUND with suggestions."""
        route = self._known.get(name)
        if route is None:
            route = self._find(name)
            if len(self._known) < len(self._routes) + MAX_REMEMBERED:
                self._known[name] = route
        return route

    def _find(self, name: str) -> Route:
        if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise invalid("The model name is empty, too long, or has unprintable characters.", "model")
        for pattern in self._patterns:
            if (matched := match_pattern(pattern.name, name)) is not None:
                return self._fill(pattern, name, matched)
        provider_name, slash, model = name.partition("/")
        provider = self._providers.get(provider_name) if slash and model else None
        if provider is None:
            provider, model = self._owners.get(name), name
        if provider is None:
            raise DragomanError(Kind.NOT_FOUND, self._explain_missing(name), path="model", code="model_not_found")
        return Route(name, (self._build_target(provider, model),))

    def _fill(self, pattern: Route, name: str, matched: str) -> Route:
        """The route of a pattern with what the name has in the place of the star."""

        def fill(targets: tuple[Target, ...]) -> tuple[Target, ...]:
            filled = []
            for target in targets:
                built = self._build_target(target.provider, target.model.replace(WILDCARD, matched))
                built = built.with_fitting(target.shapings)
                filled.append(msgspec.structs.replace(built, weight=target.weight, condition=target.condition))
            return tuple(filled)

        fallback = {kind: fill(targets) for kind, targets in pattern.fallback.items()}
        targets = fill(pattern.targets)
        return msgspec.structs.replace(pattern, name=name, targets=targets, fallback=fallback, **survey(targets))

    def _explain_missing(self, name: str) -> str:
        if not self._providers and not self._routes:
            return (
                f"There is no model {name!r}: no provider is configured. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or the "
                "like in the environment, or write a dragoman.yaml."
            )
        near = difflib.get_close_matches(name, self.names, n=3, cutoff=0.5)
        if near:
            return f"There is no model {name!r}. Did you mean {', '.join(near)}?"
        prefixes = ", ".join(f"{provider}/…" for provider in list(self._providers)[:6])
        return f"There is no model {name!r}. Name it with its provider ({prefixes}) or configure a route of that name."


def match_pattern(pattern: str, name: str) -> str | None:
    """What stands for the star of `pattern` in `name`; None if the name does not fit."""
    before, _, after = pattern.partition(WILDCARD)
    is_fit = len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)
    return name[len(before) : len(name) - len(after)] if is_fit else None
