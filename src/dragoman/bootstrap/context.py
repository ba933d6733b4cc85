"""Which routes make conversations fit their targets' windows, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dragoman.adapt.context.rules import ContextRules
from dragoman.config.schema import Settings
from dragoman.config.sections.context import ContextSettings
from dragoman.routing.target import FITTING, Route, Target
from dragoman.service.reshaping.fitting import ContextShaping
from dragoman.service.reshaping.summaries import Summaries
from dragoman.service.shaping import Shaping


def build_rules(settings: ContextSettings) -> ContextRules:
    """The same without what only people read."""
    return ContextRules(
        steps=tuple(step for step in settings.policy if step != "none"),
        window_tokens=settings.window_tokens,
        reserve_output_tokens=settings.reserve_output_tokens,
        margin=settings.margin,
        keep_turns=settings.keep_turns,
        low_share=settings.low_share,
        result_tokens=settings.result_tokens,
        summary_route=settings.summary_route,
        summary_tokens=settings.summary_tokens,
        summary_input_tokens=settings.summary_input_tokens,
    )


def select_fitting(settings: Settings, route: str = "") -> tuple[str, ...]:
    """The shaping that fits requests to a route, or to targets that no route names; none where nothing is to be done."""
    own = settings.routes[route].context if route else None
    rules = build_rules(own if own is not None else settings.context)
    return (f"{FITTING}{route}",) if rules.steps else ()


def fit_route(route: Route, fitting: tuple[str, ...]) -> Route:
    """The route with all of its targets fitted in this way."""

    def fit(targets: tuple[Target, ...]) -> tuple[Target, ...]:
        return tuple(target.with_fitting(fitting) for target in targets)

    fallback = {kind: fit(targets) for kind, targets in route.fallback.items()}
    return msgspec.structs.replace(route, targets=fit(route.targets), fallback=fallback)


def build_fittings(settings: Settings, routes: Mapping[str, Route], summaries: Summaries | None) -> dict[str, Shaping]:
    """All of them by name; `routes` by the names that the settings have for them."""
    fittings: dict[str, Shaping] = {FITTING: ContextShaping(build_rules(settings.context), 0, summaries)}
    for name, route in routes.items():
        own = settings.routes[name].context
        rules = build_rules(own if own is not None else settings.context)
        fittings[f"{FITTING}{name}"] = ContextShaping(rules, find_largest(route), summaries)
    return fittings


def find_largest(route: Route) -> int:
    """The largest window that a route leads to."""
    targets: list[Target] = [*route.targets, *(one for instead in route.fallback.values() for one in instead)]
    return max((target.profile.context_window or 0 for target in targets), default=0)
