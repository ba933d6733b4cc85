"""What requests are routed by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from dragoman.bootstrap.context import build_fittings, fit_route, select_fitting
from dragoman.bootstrap.ledger import build_price_book
from dragoman.bootstrap.shapings import build_shapings, change_tool_form, load_stations, select_shapings
from dragoman.catalog.models import build_profile
from dragoman.catalog.providers import load_rows
from dragoman.clock import SystemClock
from dragoman.config.routes import FALLBACK_FIELDS
from dragoman.config.schema import Settings
from dragoman.config.sections.routes import ConditionSettings, RouteSettings, TargetSettings
from dragoman.dialects.registry import DIALECTS
from dragoman.engine import provider as local
from dragoman.engine.models import Shelf
from dragoman.engine.supervisor import Engine
from dragoman.routing.capability import survey
from dragoman.routing.mints import Mints
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.target import Condition, Hedge, Mirror, Provider, Route, Target
from dragoman.service.metering.pricing import Pricer, price_targets
from dragoman.service.providers import build_provider, build_timeouts
from dragoman.service.reshaping.descriptions import Descriptions
from dragoman.service.reshaping.plugins import Station
from dragoman.service.reshaping.summaries import Summaries
from dragoman.service.switchboard import Patience, Switchboard
from dragoman.service.waiting import WaitingRoom


def build_target_maker(
    settings: Settings, shelf: Shelf | None, stations: Sequence[Station] = ()
) -> Callable[[Provider, str], Target]:
    """Makes targets with the profile of their model, and the names of what is done for them."""
    rows = load_rows()
    fitting = select_fitting(settings)
    describes = bool(settings.media.describe_route)

    def build_target(provider: Provider, model: str) -> Target:
        own = settings.providers[provider.name]
        known = local.build_overrides(shelf, model) if shelf is not None and local.is_ours(own) else {}
        if model in own.windows:
            known["context_window"] = own.windows[model]
        target = Target(provider, model, build_profile(rows.get(own.row), model, known | own.profile))
        return msgspec.structs.replace(
            target, shapings=select_shapings(target, stations, describes=describes) + fitting
        )

    return build_target


def build_condition(settings: ConditionSettings | None) -> Condition | None:
    """Which requests a target is for."""
    if settings is None:
        return None
    headers = tuple((name.lower(), pattern) for name, pattern in settings.headers.items())
    return Condition(frozenset(settings.tags), headers, settings.min_tokens, settings.max_tokens)


def build_route(
    name: str, settings: RouteSettings, providers: Mapping[str, Provider], build: Callable[[Provider, str], Target]
) -> Route:
    """One public name."""

    def build_targets(listed: list[TargetSettings]) -> tuple[Target, ...]:
        targets = []
        for one in listed:
            provider_name, _, model = one.target.partition("/")
            target = build(providers[provider_name], model)
            if one.tool_form is not None:
                target = change_tool_form(target, one.tool_form)
            targets.append(msgspec.structs.replace(target, weight=one.weight, condition=build_condition(one.when)))
        return tuple(targets)

    fallback = {kind: build_targets(getattr(settings.fallback, field)) for kind, field in FALLBACK_FIELDS.items()}
    targets = build_targets(settings.targets)
    return Route(
        name=name,
        targets=targets,
        **survey(targets),
        hedge=Hedge(hedge.after_seconds, hedge.share) if (hedge := settings.hedge) else None,
        mirror=Mirror(mirror.to, mirror.share) if (mirror := settings.mirror) else None,
        policy=settings.policy,
        timeouts=build_timeouts(settings.timeouts) if settings.timeouts else None,
        strict=settings.strict,
        on_disconnect=settings.on_disconnect,
        continues=settings.on_interruption == "continue",
        fallback={kind: targets for kind, targets in fallback.items() if targets},
    )


def build_pools(providers: Mapping[str, Provider], previous: Mapping[str, CredentialPool]) -> dict[str, CredentialPool]:
    """The keys of each provider; where they have not changed, with all that is known of them."""
    pools = {}
    for name, provider in providers.items():
        known = previous.get(name)
        keeps = known is not None and known.credentials == provider.credentials
        pools[name] = known if known is not None and keeps else CredentialPool(name, provider.credentials)
    return pools


def build_caches(settings: Settings) -> dict[str, int]:
    """For how long answers may be given again, by public name."""
    routes = settings.routes.items()
    named = [(name, route) for public_name, route in routes for name in (public_name, *route.aliases)]
    return {name: route.cache_seconds for name, route in named if route.cache_seconds}


def build_switchboard(
    settings: Settings,
    previous: Switchboard | None = None,
    engine: Engine | None = None,
    summaries: Summaries | None = None,
    descriptions: Descriptions | None = None,
) -> Switchboard:
    """Everything that a request is routed by. Pools of providers that did not change keep what they have learnt."""
    providers = {
        name: local.build_provider(engine.shelf, engine.place)
        if engine is not None and local.is_ours(provider)
        else build_provider(name, provider, settings.timeouts)
        for name, provider in settings.providers.items()
        if provider.enabled
    }
    stations = load_stations(settings)
    build_target = build_target_maker(settings, engine.shelf if engine else None, stations)
    pricer, moment_ms = Pricer(build_price_book(settings)), int(SystemClock.unix() * 1000)
    routes = [
        fit_route(
            price_targets(build_route(name, route, providers, build_target), pricer, moment_ms),
            select_fitting(settings, public_name),
        )
        for public_name, route in settings.routes.items()
        for name in (public_name, *route.aliases)
    ]
    named = {route.name: route for route in routes if route.name in settings.routes}
    shapings = build_shapings(settings, stations, engine.environment if engine else {}, descriptions)
    routing = settings.routing
    room = previous.room if previous else WaitingRoom()
    room.queue_limit = routing.queue_limit
    return Switchboard(
        resolver=Resolver(routes, providers.values(), build_target),
        pools=build_pools(providers, previous.pools if previous else {}),
        dialects=DIALECTS,
        patience=Patience(routing.max_attempts, routing.max_wait_seconds, routing.affinity),
        caches=build_caches(settings),
        find_prices=partial(pricer.quote, moment_ms),
        has_hedges=any(route.hedge for route in routes),
        has_mirrors=any(route.mirror for route in routes),
        has_continuations=any(route.continues for route in routes),
        mints=previous.mints if previous else Mints(),
        budget=previous.budget if previous else RetryBudget(),
        room=room,
        shapings={**shapings, **build_fittings(settings, named, summaries)},
    )
