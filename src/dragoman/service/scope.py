"""What a key may ask for: its routes, narrowed to the models and providers that it was given.

Theory of operation: for each key that is narrowed there is a view of the switchboard whose resolver leaves out what is
not allowed. Whoever resolves a name (routing, steering, the list of models, counting) sees only that, so that no way
leads around it. A pattern fits the name that was asked for, and then all that the operator has put behind that name; or
it fits single targets (`provider/model`), and then only those are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.routing.capability import differ
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.switchboard import Switchboard

MAX_BOARDS = 32

Patterns = tuple[str, ...]
IsPriced = Callable[[str, str], bool]
"""Whether a price of a provider's model is known."""


class Scope:
    """The models and providers of one key: all of several lists have to allow one (the key's and its team's)."""

    __slots__ = ("_boards", "_is_priced", "_models", "_narrowed", "_providers", "_whole")

    def __init__(
        self, models: Sequence[Patterns], providers: Sequence[Patterns], is_priced: IsPriced | None = None
    ) -> None:
        self._models = [compile_patterns(patterns) for patterns in models]
        self._providers = [compile_patterns(patterns) for patterns in providers]
        self._is_priced = is_priced
        self._boards: dict[int, tuple[Switchboard, Switchboard]] = {}
        self._whole: Switchboard | None = None  # the last that was narrowed, and what it is narrowed
        self._narrowed: Switchboard

    def narrow_board(self, whole: Switchboard) -> Switchboard:
        """The switchboard as this key sees it; the same one as long as the whole one is the same."""
        if whole is not self._whole:
            self._whole, self._narrowed = self._find_board(whole)
        return self._narrowed

    def _find_board(self, whole: Switchboard) -> tuple[Switchboard, Switchboard]:
        known = self._boards.get(id(whole))
        if known is None or known[0] is not whole:
            if len(self._boards) >= MAX_BOARDS:
                self._boards.clear()
            narrowed = msgspec.structs.replace(whole, resolver=ScopedResolver(whole.resolver, self))
            known = self._boards[id(whole)] = (whole, narrowed)
        return known

    def narrow_route(self, route: Route) -> Route:
        """The route without what the key may not use; raises PERMISSION where nothing is left."""
        allowed = tuple(target for target in route.targets if self._allows(route.name, target))
        if not allowed:
            message = f"This key may not use {route.name!r}."
            raise DragomanError(Kind.PERMISSION, message, path="model", code="model_not_allowed")
        targets = tuple(target for target in allowed if self._has_price(target))
        if not targets:
            raise DragomanError(
                Kind.PAYMENT_REQUIRED,
                f"Nobody knows what {route.name!r} costs, and this key has a budget. The gateway's operator can set a "
                "price, or allow it for the key.",
                path="model",
                code="model_unpriced",
            )
        fallback = {kind: self._select(route.name, listed) for kind, listed in route.fallback.items()}
        fallback = {kind: listed for kind, listed in fallback.items() if listed}
        if len(targets) == len(route.targets) and fallback == route.fallback:
            return route
        return msgspec.structs.replace(route, targets=targets, fallback=fallback, differs=differ(targets))

    def may_use(self, route: Route) -> bool:
        """Whether anything of the route is left."""
        return bool(self._select(route.name, route.targets))

    def _select(self, name: str, targets: Sequence[Target]) -> tuple[Target, ...]:
        return tuple(target for target in targets if self._allows(name, target) and self._has_price(target))

    def _allows(self, name: str, target: Target) -> bool:
        return all(fit(name) or fit(target.name) for fit in self._models) and all(
            fit(target.provider.name) for fit in self._providers
        )

    def _has_price(self, target: Target) -> bool:
        return self._is_priced is None or self._is_priced(target.provider.name, target.model)


class ScopedResolver(Resolver):
    """Names as they are configured, as far as one key may use them."""

    def __init__(self, whole: Resolver, scope: Scope) -> None:
        super().__init__((), whole.providers, Target)
        self._whole = whole
        self._scope = scope

    @property
    def names(self) -> list[str]:
        return [name for name in self._whole.names if self._scope.may_use(self._whole.resolve(name))]

    @property
    def routes(self) -> list[Route]:
        return [route for route in self._whole.routes if self._scope.may_use(route)]

    def _find(self, name: str) -> Route:
        """The route for a name; raises PERMISSION where the key may use nothing of it."""
        return self._scope.narrow_route(self._whole.resolve(name))


def compile_patterns(patterns: Patterns) -> Callable[[str], object]:
    """Whether a name fits one of the patterns; none fits where there are none."""
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)").match
