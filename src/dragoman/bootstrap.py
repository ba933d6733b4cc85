"""Wires everything together: settings in, a running gateway out. One `build_*` per subsystem; nothing else wires."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from dragoman.catalog.discover import find_providers, locate_rows
from dragoman.catalog.models import build_profile
from dragoman.catalog.providers import load_rows
from dragoman.clock import Clock, IdSource, SystemClock
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import load_settings, select_config_path
from dragoman.config.routes import FALLBACK_FIELDS
from dragoman.config.schema import RouteSettings, Settings, TargetSettings
from dragoman.dialects.base import Operation
from dragoman.dialects.registry import DIALECTS, OPERATIONS
from dragoman.engine import provider as local
from dragoman.engine.models import Shelf
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.http.application import Application
from dragoman.http.data_plane import DataPlane, Limits
from dragoman.http.endpoints import Answer, EndpointTable
from dragoman.http.hosts import LOOPBACK_NAMES, HostGuard
from dragoman.http.listeners import open_listeners
from dragoman.http.metrics_page import MetricsPage
from dragoman.http.pages import PageTable
from dragoman.http.server import ServerOptions, build_server, rest_collector
from dragoman.ledger.archive import Archive
from dragoman.ledger.journal import Journal
from dragoman.ledger.mover import tell_nobody
from dragoman.ledger.responses import FILE_NAME as RESPONSES_FILE_NAME
from dragoman.ledger.responses import ResponseStore
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.ledger.writer import LedgerWriter
from dragoman.routing.capability import differ
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.target import Provider, Route, Target
from dragoman.service.background import Background
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Exchange
from dragoman.service.forward import ForwardService
from dragoman.service.generate import GenerateService
from dragoman.service.instruments import Instruments
from dragoman.service.local_transport import LocalTransport
from dragoman.service.pricing import PriceBook, Pricer, build_tariffs, price_targets
from dragoman.service.principals import Principals, digest_secret
from dragoman.service.providers import build_provider, build_timeouts
from dragoman.service.reload import Reloader, watch_configuration
from dragoman.service.responses import ResponsesService
from dragoman.service.settle import Meter, keep_nothing
from dragoman.service.switchboard import Patience, Switchboard, Switchboards
from dragoman.service.tally import Tally, list_names
from dragoman.service.waiting import WaitingRoom
from dragoman.telemetry.logs import configure_logging
from dragoman.telemetry.metrics import Reading
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.proxy import parse_proxy_rules
from dragoman.upstream.transport import Transport

_log = logging.getLogger("dragoman")

Apply = Callable[[Settings], None]


def read_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings completed by what the catalogue knows and what the environment offers."""
    rows = load_rows()
    known = {local.ROW.name: local.ROW, **locate_rows(rows, environment)}
    found = [*find_providers(environment, rows), *local.find_local()]
    return local.complete_settings(load_settings(path, environment, known, found), environment)


# -- what requests are routed by -------------------------------------------------------------------------------------


def build_target_maker(settings: Settings, shelf: Shelf | None) -> Callable[[Provider, str], Target]:
    """Makes targets with the profile of their model."""
    rows = load_rows()

    def build_target(provider: Provider, model: str) -> Target:
        own = settings.providers[provider.name]
        known = local.build_overrides(shelf, model) if shelf is not None and local.is_ours(own) else {}
        return Target(provider, model, build_profile(rows.get(own.row), model, known | own.profile))

    return build_target


def build_route(
    name: str, settings: RouteSettings, providers: Mapping[str, Provider], build: Callable[[Provider, str], Target]
) -> Route:
    """One public name."""

    def build_targets(listed: list[TargetSettings]) -> tuple[Target, ...]:
        targets = []
        for one in listed:
            provider_name, _, model = one.target.partition("/")
            targets.append(msgspec.structs.replace(build(providers[provider_name], model), weight=one.weight))
        return tuple(targets)

    fallback = {kind: build_targets(getattr(settings.fallback, field)) for kind, field in FALLBACK_FIELDS.items()}
    targets = build_targets(settings.targets)
    return Route(
        name=name,
        targets=targets,
        differs=differ(targets),
        policy=settings.policy,
        timeouts=build_timeouts(settings.timeouts) if settings.timeouts else None,
        strict=settings.strict,
        on_disconnect=settings.on_disconnect,
        fallback={kind: targets for kind, targets in fallback.items() if targets},
    )


def build_switchboard(
    settings: Settings, previous: Switchboard | None = None, engine: Engine | None = None
) -> Switchboard:
    """Everything that a request is routed by. Pools of providers that did not change keep what they have learnt."""
    providers = {
        name: local.build_provider(engine.shelf, engine.place)
        if engine is not None and local.is_ours(provider)
        else build_provider(name, provider, settings.timeouts)
        for name, provider in settings.providers.items()
        if provider.enabled
    }
    build_target = build_target_maker(settings, engine.shelf if engine else None)
    pricer, moment_ms = Pricer(build_price_book(settings)), int(SystemClock.unix() * 1000)
    routes = [
        price_targets(build_route(name, route, providers, build_target), pricer, moment_ms)
        for public_name, route in settings.routes.items()
        for name in (public_name, *route.aliases)
    ]
    pools = {}
    for name, provider in providers.items():
        known = previous.pools.get(name) if previous else None
        keeps = known is not None and known.credentials == provider.credentials
        pools[name] = known if known is not None and keeps else CredentialPool(name, provider.credentials)
    routing = settings.routing
    room = previous.room if previous else WaitingRoom()
    room.queue_limit = routing.queue_limit
    return Switchboard(
        resolver=Resolver(routes, providers.values(), build_target),
        pools=pools,
        dialects=DIALECTS,
        patience=Patience(routing.max_attempts, routing.max_wait_seconds, routing.affinity),
        budget=previous.budget if previous else RetryBudget(),
        room=room,
    )


# -- the edge --------------------------------------------------------------------------------------------------------


def build_principals(settings: Settings) -> Principals:
    """Who may call."""
    return Principals({digest_secret(key.secret.reveal()): key.name for key in settings.auth.keys})


def build_guard(settings: Settings) -> HostGuard:
    """Which Host and Origin headers are let in. Someone who listens beyond loopback has keys, and many names."""
    server = settings.server
    is_loopback = server.host in LOOPBACK_NAMES or server.host.startswith("127.")
    return HostGuard([server.host, *server.allowed_hosts], server.allowed_origins, any_host=not is_loopback)


def build_data_plane(
    settings: Settings,
    transport: Transport,
    clock: Clock,
    engine: Engine | None = None,
    meter: Meter | None = None,
    *,
    archive: Archive | None = None,
) -> tuple[DataPlane, Apply]:
    """Everything that answers requests, and the function that changes its settings while it runs."""
    board = [build_switchboard(settings, None, engine)]

    def settle(exchange: Exchange) -> None:
        log_exchange(exchange)
        if meter is not None:
            meter.settle(exchange)

    reserve = meter.reserve if meter is not None and settings.ledger.enabled else None

    def open_generate(boards: Switchboards) -> GenerateService:
        return GenerateService(transport, boards, clock, settle, reserve)

    generate = open_generate(lambda: board[0])
    forward = ForwardService(OPERATIONS, lambda: board[0], open_generate)
    count = CountTokensService(transport, lambda: board[0], clock)
    answers: dict[Operation, Answer] = {
        "generate": generate.generate,
        "count_tokens": count.count,
        "forward": forward.forward,
    }
    if archive is not None:
        answers |= ResponsesService(archive, generate.generate, count.count).answers
    server = settings.server
    data_plane = DataPlane(
        endpoints=EndpointTable(DIALECTS | OPERATIONS, answers),
        pages=PageTable(DIALECTS, lambda: board[0], lambda: not data_plane.is_draining),
        principals=build_principals(settings),
        guard=build_guard(settings),
        limits=Limits(server.body_limit_bytes, server.body_timeout_seconds, server.max_in_flight),
    )

    def apply(changed: Settings) -> None:
        board[0] = build_switchboard(changed, board[0], engine)
        data_plane.principals = build_principals(changed)
        data_plane.guard = build_guard(changed)
        start_logging(changed)

    return data_plane, apply


def build_price_book(settings: Settings) -> PriceBook:
    """What prices go by."""
    rows = {local.ROW.name: local.ROW, **load_rows()}
    known = {name: provider.row or name for name, provider in settings.providers.items()}
    free = frozenset(name for name, row in known.items() if row in rows and rows[row].local)
    return PriceBook(known, free, build_tariffs(settings.prices))


def build_ledger(
    settings: Settings, environment: Mapping[str, str], clock: Clock, pricer: Pricer, tally: Tally | None = None
) -> tuple[Meter | None, LedgerWriter | None]:
    """What notes every exchange, and what takes the notes to where they are kept. The tally counts them as well."""
    count = tally.count if tally is not None else None
    if not settings.ledger.enabled:
        return (Meter(keep_nothing, clock, count) if count is not None else None), None
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    journal = Journal(folder / "journal", IdSource().make("run_"), clock)
    store = SqliteStore(folder / FILE_NAME)
    tell = tally.count_costs if tally is not None else tell_nobody
    writer = LedgerWriter(journal, store, clock, settings.ledger.retention_days, pricer.price, tell=tell)
    return Meter(journal.append, clock, count), writer


def build_metrics(data_plane: DataPlane, instruments: Instruments) -> Apply:
    """Open the page of metrics; the function that makes it go by settings."""
    pages = data_plane.pages

    def read() -> list[Reading]:
        in_flight = len(data_plane.sinks) - 1  # without the one that asks
        return instruments.read(pages.switchboards(), in_flight, is_draining=data_plane.is_draining)

    page = pages.metrics = MetricsPage(read)

    def apply(settings: Settings) -> None:
        page.is_public = settings.metrics.public
        instruments.tally.names = list_names(pages.switchboards().resolver)

    return apply


def build_archive(settings: Settings, environment: Mapping[str, str], clock: Clock) -> Archive:
    """What keeps responses for those who want to build on them; its file lies beside the ledger's."""
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    return Archive(ResponseStore(folder / RESPONSES_FILE_NAME), clock, settings.responses)


def build_application(settings: Settings, environment: Mapping[str, str], path: Path | None) -> Application:
    """The ASGI application. It reads its configuration again when the file changes or SIGHUP comes."""
    path = select_config_path(path, environment)
    clock = SystemClock()
    workers = Background()
    engine = Engine(Place(IdSource().make("")), environment, clock, workers.start)
    engine.restock(local.load_offer(settings, environment), settings.local)
    transport = LocalTransport(Http1Transport(clock, proxies=parse_proxy_rules(environment)), engine)
    pricer = Pricer(build_price_book(settings))
    tally = Tally() if settings.metrics.enabled else None
    meter, writer = build_ledger(settings, environment, clock, pricer, tally)
    archive = build_archive(settings, environment, clock)
    data_plane, apply = build_data_plane(settings, transport, clock, engine, meter, archive=archive)
    measure = build_metrics(data_plane, Instruments(tally, clock, writer)) if tally is not None else None
    if measure is not None:
        measure(settings)

    def apply_all(changed: Settings) -> None:
        engine.restock(local.load_offer(changed, environment), changed.local)
        pricer.change(build_price_book(changed))
        archive.change(changed.responses)
        apply(changed)
        if measure is not None:
            measure(changed)

    reloader = Reloader(settings, lambda: read_settings(path, environment), apply_all)

    async def watch() -> None:
        await watch_configuration(path, reloader)

    async def prepare() -> None:
        if first := local.select_first(settings):
            await engine.prepare(first)

    async def close() -> None:
        await transport.aclose()
        await workers.aclose()
        await engine.aclose()
        await archive.aclose()
        if writer is not None:
            await writer.aclose()

    keep = (writer.run,) if writer is not None else ()
    return Application(data_plane, (watch, engine.watch, prepare, archive.run, *keep), close)


# -- running ---------------------------------------------------------------------------------------------------------


def log_exchange(exchange: Exchange) -> None:
    """One line for each exchange that went wrong, and for each of them at level debug."""
    level = logging.DEBUG if exchange.error is None else logging.INFO
    if _log.isEnabledFor(level):
        target = exchange.attempt.target.name if exchange.attempt else "-"
        outcome = "cancelled" if exchange.is_cancelled else str(exchange.error or "ok")
        milliseconds = (exchange.ended - exchange.started) * 1000
        _log.log(level, "%s %s → %s: %s, %.1f ms", exchange.id, exchange.model, target, outcome, milliseconds)


def start_logging(settings: Settings) -> None:
    """Send logs where they go, with every configured secret masked."""
    secrets = [key.secret.reveal() for key in settings.auth.keys]
    for provider in settings.providers.values():
        secrets += [credential.secret.reveal() for credential in provider.credentials]
        secrets += [value.reveal() for value in provider.headers.values()]
    configure_logging(settings.logging.level, settings.logging.format, secrets)


def serve(settings: Settings, environment: Mapping[str, str], path: Path | None) -> int:
    """Run the gateway until it is told to stop; the process's exit code."""
    start_logging(settings)
    server = settings.server
    listeners = open_listeners(server.host, server.port)
    application = build_application(settings, environment, path)
    options = ServerOptions(
        host=server.host,
        port=server.port,
        head_seconds=server.head_timeout_seconds,
        heartbeat_seconds=server.heartbeat_seconds,
        slow_reader_seconds=server.slow_reader_seconds,
        drain_seconds=server.drain_seconds,
    )
    running = build_server(application.data_plane, application, options)
    rest_collector()
    running.run(listeners)
    return 0 if running.started else 1
