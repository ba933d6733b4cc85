"""What is wanted of conversations that do not fit, checked: every step has what it needs."""

from __future__ import annotations

from dragoman.config.problems import Problems, suggest
from dragoman.config.schema import Settings
from dragoman.config.sections.context import ContextSettings


def check_context(settings: Settings, problems: Problems) -> None:
    """All places where it may be said."""
    _check(settings.context, "context", settings, problems)
    for name, route in settings.routes.items():
        if route.context is not None:
            _check(route.context, f"routes.{name}.context", settings, problems)


def _check(context: ContextSettings, path: str, settings: Settings, problems: Problems) -> None:
    if "none" in context.policy and len(context.policy) > 1:
        problems.add(f"{path}.policy", "`none` stands alone: it does nothing")
    if "summarise" not in context.policy:
        return
    route = context.summary_route
    names = {alias for one in settings.routes.values() for alias in one.aliases} | settings.routes.keys()
    provider = route.partition("/")[0]
    if not route:
        problems.add(f"{path}.summary_route", "is missing: `summarise` needs a route that sums up")
    elif route not in names and not ("/" in route and provider in settings.providers):
        problems.add(f"{path}.summary_route", f"there is no route {route!r}.{suggest(route, names)}")
