"""Wires everything together: settings in, a running gateway out. One `build_*` per subsystem; nothing else wires."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from dragoman.catalog.discover import find_providers, locate_rows
from dragoman.catalog.models import build_profile
from dragoman.catalog.providers import load_rows
from dragoman.clock import Clock, IdSource, SystemClock
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import load_settings, select_config_path
from dragoman.config.routes import FALLBACK_FIELDS
from dragoman.config.schema import ProviderSettings, RouteSettings, Settings, TargetSettings, TimeoutSettings
from dragoman.config.watch import is_changed, look_at
from dragoman.dialects.registry import DIALECTS, OPERATIONS
from dragoman.engine import provider as local
from dragoman.engine.models import Shelf
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.http.application import Application
from dragoman.http.data_plane import DataPlane, Limits
from dragoman.http.endpoints import EndpointTable
from dragoman.http.hosts import LOOPBACK_NAMES, HostGuard
from dragoman.http.pages import PageTable
from dragoman.http.server import ServerOptions, build_server, rest_collector
from dragoman.ledger.journal import Journal
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.ledger.writer import LedgerWriter
from dragoman.routing.capability import differ
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.target import Credential, Face, Origin, Provider, Route, Shown, Target, Timeouts
from dragoman.service.background import Background
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Exchange
from dragoman.service.forward import ForwardService
from dragoman.service.generate import GenerateService
from dragoman.service.local_transport import LocalTransport
from dragoman.service.pricing import PriceBook, Pricer, build_tariffs, price_targets
from dragoman.service.principals import Principals, digest_secret
from dragoman.service.reload import Reloader
from dragoman.service.settle import Meter
from dragoman.service.switchboard import Patience, Switchboard, Switchboards
from dragoman.service.waiting import WaitingRoom
from dragoman.telemetry.logs import configure_logging
from dragoman.upstream.auth import show_secret
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.proxy import parse_proxy_rules
from dragoman.upstream.transport import Transport

_log = logging.getLogger("dragoman")

DEFAULT_PORTS = {"http": 80, "https": 443}
WATCH_SECONDS = 1.0

Apply = Callable[[Settings], None]


def read_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings completed by what the catalogue knows and what the environment offers."""
    rows = load_rows()
    known = {local.ROW.name: local.ROW, **locate_rows(rows, environment)}
    found = [*find_providers(environment, rows), *local.find_local()]
    return local.complete_settings(load_settings(path, environment, known, found), environment)


# -- what requests are routed by -------------------------------------------------------------------------------------


def build_timeouts(settings: TimeoutSettings) -> Timeouts:
    """The same numbers, in the transport's own words."""
    return Timeouts(
        connect=settings.connect_seconds,
        send=settings.send_seconds,
        first_byte=settings.first_byte_seconds,
        idle=settings.idle_seconds,
        progress=settings.progress_seconds,
        total=settings.total_seconds,
    )


def build_face(dialect: str, base_url: str) -> Face:
    """An address, split into what a connection needs and what a request line needs."""
    parts = urlsplit(base_url)
    scheme = "https" if parts.scheme == "https" else "http"
    origin = Origin(scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[scheme])  # type: ignore[arg-type]
    return Face(dialect, origin, parts.path.rstrip("/"))


def build_credentials(settings: ProviderSettings, dialects: list[str]) -> tuple[Credential, ...]:
    """The pool's keys, each in the form in which the provider wants to see it. A provider without keys has one
    credential that shows nothing."""
    if not settings.credentials:
        return (Credential("no-key", {dialect: Shown() for dialect in dialects}),)
    credentials = []
    for one in settings.credentials:
        shown = show_secret(settings.auth, one.secret.reveal())
        extra = tuple((name.lower().encode(), value.reveal().encode()) for name, value in one.headers.items())
        shown = Shown(shown.headers + extra, shown.query)
        credentials.append(
            Credential(
                name=one.name,
                shown=dict.fromkeys(dialects, shown),
                weight=one.weight,
                models=frozenset(one.models) if one.models is not None else None,
                face=build_face(settings.dialect, one.base_url) if one.base_url else None,
                rpm=one.rpm,
                tpm=one.tpm,
                concurrency=one.concurrency,
            )
        )
    return tuple(credentials)


def build_provider(name: str, settings: ProviderSettings, timeouts: TimeoutSettings) -> Provider:
    """One provider, ready to be called."""
    addresses = {settings.dialect: settings.base_url, **settings.also}
    row = load_rows().get(settings.row)
    faces = tuple(build_face(dialect, url) for dialect, url in addresses.items() if dialect in DIALECTS)
    return Provider(
        name=name,
        faces=faces,
        credentials=build_credentials(settings, list(addresses)),
        headers=tuple((key.lower().encode(), value.reveal().encode()) for key, value in settings.headers.items()),
        timeouts=build_timeouts(settings.timeouts or timeouts),
        models=tuple(settings.models or ()),
        steers=row is not None and row.steers,
    )


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
) -> tuple[DataPlane, Apply]:
    """Everything that answers requests, and the function that changes its settings while it runs."""
    board = [build_switchboard(settings, None, engine)]

    def settle(exchange: Exchange) -> None:
        log_exchange(exchange)
        if meter is not None:
            meter.settle(exchange)

    reserve = meter.reserve if meter is not None else None

    def open_generate(boards: Switchboards) -> GenerateService:
        return GenerateService(transport, boards, clock, settle, reserve)

    generate = open_generate(lambda: board[0])
    forward = ForwardService(OPERATIONS, lambda: board[0], open_generate)
    count = CountTokensService(transport, lambda: board[0], clock)
    server = settings.server
    data_plane = DataPlane(
        endpoints=EndpointTable(
            DIALECTS | OPERATIONS,
            {"generate": generate.generate, "count_tokens": count.count, "forward": forward.forward},
        ),
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
    settings: Settings, environment: Mapping[str, str], clock: Clock, pricer: Pricer
) -> tuple[Meter | None, LedgerWriter | None]:
    """What notes every exchange, and what takes the notes to where they are kept."""
    if not settings.ledger.enabled:
        return None, None
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    journal = Journal(folder / "journal", IdSource().make("run_"), clock)
    store = SqliteStore(folder / FILE_NAME)
    return Meter(journal.append, clock), LedgerWriter(
        journal, store, clock, settings.ledger.retention_days, pricer.price
    )


def build_application(settings: Settings, environment: Mapping[str, str], path: Path | None) -> Application:
    """The ASGI application. It reads its configuration again when the file changes or SIGHUP comes."""
    path = select_config_path(path, environment)
    clock = SystemClock()
    workers = Background()
    engine = Engine(Place(IdSource().make("")), environment, clock, workers.start)
    engine.restock(local.load_offer(settings, environment), settings.local)
    transport = LocalTransport(Http1Transport(clock, proxies=parse_proxy_rules(environment)), engine)
    pricer = Pricer(build_price_book(settings))
    meter, writer = build_ledger(settings, environment, clock, pricer)
    data_plane, apply = build_data_plane(settings, transport, clock, engine, meter)

    def apply_all(changed: Settings) -> None:
        engine.restock(local.load_offer(changed, environment), changed.local)
        pricer.change(build_price_book(changed))
        apply(changed)

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
        if writer is not None:
            await writer.aclose()

    keep = (writer.run,) if writer is not None else ()
    return Application(data_plane, (watch, engine.watch, prepare, *keep), close)


async def watch_configuration(path: Path | None, reloader: Reloader[Settings]) -> None:
    """Reload at SIGHUP, and when the file's content has changed."""
    asked = asyncio.Event()
    with contextlib.suppress(NotImplementedError, ValueError, RuntimeError, AttributeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    seen = look_at(path, None) if path else None
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_SECONDS):
                await asked.wait()
        now = look_at(path, seen) if path else None
        if asked.is_set() or is_changed(seen, now):
            asked.clear()
            reloader.reload()
        seen = now or seen


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
    application = build_application(settings, environment, path)
    server = settings.server
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
    running.run()
    return 0 if running.started else 1
