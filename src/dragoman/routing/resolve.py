"""From the model name that a client sent to the route that answers it.

Three ways, in this order: the name of a configured route or one of its aliases; `provider/model`; the bare name of a
model that some provider is known to have. Anything else is a 404 that suggests the nearest names.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.routing.target import Provider, Route, Target

MAX_NAME_LENGTH = 256
MAX_REMEMBERED = 4096


class Resolver:
    """Looks a name up. Routes made up for `provider/model` names are remembered, up to a bound."""

    def __init__(
        self, routes: Iterable[Route], providers: Iterable[Provider], build_target: Callable[[Provider, str], Target]
    ) -> None:
        self._routes = {route.name: route for route in routes}
        self._providers = {provider.name: provider for provider in providers}
        self._build_target = build_target
        self._remembered: dict[str, Route] = {}
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
    def providers(self) -> list[Provider]:
        return list(self._providers.values())

    def resolve(self, name: str) -> Route:
        """The route for a name; raises NOT_FOUND with suggestions."""
        route = self._routes.get(name) or self._remembered.get(name)
        if route is None:
            route = self._find(name)
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[name] = route
        return route

    def _find(self, name: str) -> Route:
        if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise invalid("The model name is empty, too long, or has unprintable characters.", "model")
        provider_name, slash, model = name.partition("/")
        provider = self._providers.get(provider_name) if slash and model else None
        if provider is None:
            provider, model = self._owners.get(name), name
        if provider is None:
            raise DragomanError(Kind.NOT_FOUND, self._explain_missing(name), path="model", code="model_not_found")
        return Route(name, (self._build_target(provider, model),))

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
