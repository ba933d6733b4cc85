"""The whole application. It reads its configuration again when the file changes or SIGHUP comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from dragoman.bootstrap.access import build_access, build_access_part
from dragoman.bootstrap.admin import House, build_admin
from dragoman.bootstrap.edge import Companions, build_data_plane, list_secrets
from dragoman.bootstrap.ledger import (
    Audience,
    build_archive,
    build_conversations,
    build_ledger,
    build_metrics,
    build_price_book,
    build_reader,
    build_scribe,
    build_shelf,
)
from dragoman.bootstrap.part import Part, join_parts
from dragoman.bootstrap.settings import Apply, read_settings
from dragoman.bootstrap.shapings import ASIDE
from dragoman.bootstrap.tracing import build_tracing
from dragoman.clock import Clock, IdSource, SystemClock
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.engine import provider as local
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.http.application import Application
from dragoman.http.data_plane import DataPlane
from dragoman.ledger.archive import Archive
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.shelf import Shelf
from dragoman.ledger.writer import LedgerWriter, Retention
from dragoman.service.admin.live import Feed
from dragoman.service.background import Background
from dragoman.service.discovery import Discovery
from dragoman.service.loads import Loads
from dragoman.service.metering.instruments import Instruments
from dragoman.service.metering.pricing import Pricer
from dragoman.service.metering.tally import Tally
from dragoman.service.metering.tracing import Tracing
from dragoman.service.metering.transcripts import Scribe
from dragoman.service.reload import Reloader, watch_configuration
from dragoman.service.sending.account_transport import AccountTransport
from dragoman.service.sending.crossroads import Crossroads
from dragoman.service.sending.local_transport import LocalTransport
from dragoman.telemetry.logs import Redactor
from dragoman.upstream.authorize import AuthorizingTransport
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.proxy import parse_proxy_rules
from dragoman.upstream.transport import Transport


def build_transport(engine: Engine, clock: Clock, environment: Mapping[str, str], workers: Background) -> Transport:
    """What sends requests: to workers of ours, within a session or signed where the provider wants that."""
    network, direct = Http1Transport(clock, proxies=parse_proxy_rules(environment)), Http1Transport(clock)
    authorizing = AuthorizingTransport(network, clock, workers.start, direct=direct, environment=environment)
    return Crossroads(network, LocalTransport(AccountTransport(authorizing, clock, ASIDE), engine))


def build_application(
    settings: Settings, environment: Mapping[str, str], path: Path | None, link_token: str = ""
) -> Application:
    """The ASGI application. It reads its configuration again when the file changes or SIGHUP comes. `link_token` lets
    one browser into the console, once."""
    path = select_config_path(path, environment)
    clock = SystemClock()
    pricer = Pricer(build_price_book(settings))
    access = build_access(settings, environment, clock, pricer)
    if access.stored.opened:
        settings = read_settings(path, environment, access.stored.opened)
        pricer.change(build_price_book(settings))
    reloader = Reloader(settings, lambda: read_settings(path, environment, access.stored.opened))
    access.stored.on_change = reloader.reload
    workers = Background()
    engine = Engine(Place(IdSource().make("")), environment, clock, workers.start)
    engine.restock(local.load_offer(settings, environment), settings.local)
    transport = build_transport(engine, clock, environment, workers)
    tally = Tally() if settings.metrics.enabled else None
    tracing = build_tracing(settings)
    feed = Feed()
    meter, writer = build_ledger(
        settings, environment, clock, pricer, Audience(tally, tracing, feed, access.directory.book)
    )
    archive, shelf = build_archive(settings, environment, clock), build_shelf(settings, environment, clock)
    conversations = build_conversations(settings, environment, clock)
    reader, scribe = build_reader(settings, environment), build_scribe(settings, environment, clock)
    companions = Companions(engine, meter, archive, scribe, workers.start, access, shelf, reader, conversations)
    data_plane, apply = build_data_plane(settings, transport, clock, companions)
    parts = [
        *(Part(close=close) for close in (transport.aclose, workers.aclose)),
        build_engine_part(settings, environment, engine),
        Part(apply=lambda changed: pricer.change(build_price_book(changed))),
        *build_keeping_parts(archive, conversations, shelf, reader),
        build_scribe_part(settings, scribe),
        Part(apply=apply),
        *build_looking_parts(settings, transport, data_plane, apply),
        build_metrics_part(settings, data_plane, Instruments(tally, clock, writer)) if tally is not None else Part(),
        build_writer_part(writer),
        build_access_part(access, writer),
        build_tracing_part(settings, tracing),
    ]
    house = House(settings, environment, path, clock, engine, transport, pricer, data_plane, workers, feed, reloader)
    house = msgspec.structs.replace(house, meter=meter, writer=writer, scribe=scribe, access=access, reader=reader)
    if settings.console.enabled:
        parts.append(build_admin(house, link_token))
    work, apply_all, close = join_parts(parts)
    reloader.apply = apply_all
    return Application(data_plane, (partial(watch_configuration, path, reloader), *work), close)


def build_looking_parts(
    settings: Settings, transport: Transport, data_plane: DataPlane, apply: Apply
) -> tuple[Part, ...]:
    """What is asked of servers of one's own beside the traffic: which models they have, and how busy they are."""
    discovery = Discovery(transport, settings, apply)
    loads = Loads(transport, settings, data_plane.pages.switchboards)
    return Part((discovery.run,), discovery.change), Part((loads.run,), loads.change)


def build_engine_part(settings: Settings, environment: Mapping[str, str], engine: Engine) -> Part:
    """The workers of local models; the first one that will be wanted is made ready at once."""

    async def prepare() -> None:
        if first := local.select_first(settings):
            await engine.prepare(first)

    def apply(changed: Settings) -> None:
        engine.restock(local.load_offer(changed, environment), changed.local)

    return Part((engine.watch, prepare), apply, engine.aclose)


def build_keeping_parts(
    archive: Archive, conversations: ConversationArchive, shelf: Shelf, reader: LedgerReader | None
) -> tuple[Part, ...]:
    """What is kept for callers: responses, conversations, and what they have handed in; and who reads the ledger for
    them."""
    return (
        Part((archive.run,), lambda changed: archive.change(changed.responses), archive.aclose),
        Part((conversations.run,), lambda changed: conversations.change(changed.responses), conversations.aclose),
        Part((shelf.run,), lambda changed: shelf.change_settings(changed.uploads), shelf.aclose),
        Part(close=reader.aclose if reader is not None else None),
    )


def build_writer_part(writer: LedgerWriter | None) -> Part:
    """What carries rows to the ledger and forgets old ones, where one is kept."""
    if writer is None:
        return Part()

    def apply(changed: Settings) -> None:
        writer.retention = Retention(changed.ledger.retention_days, changed.ledger.max_mib)

    return Part((writer.run,), apply, writer.aclose)


def build_metrics_part(settings: Settings, data_plane: DataPlane, instruments: Instruments) -> Part:
    """The page of metrics."""
    apply = build_metrics(data_plane, instruments)
    apply(settings)
    return Part(apply=apply)


def build_scribe_part(settings: Settings, scribe: Scribe) -> Part:
    """Writes down what is said, without the secrets of the moment."""

    def apply(changed: Settings) -> None:
        scribe.mask = Redactor(list_secrets(changed)).mask
        scribe.change(changed.bodies)

    apply(settings)
    return Part((scribe.run,), apply, scribe.aclose)


def build_tracing_part(settings: Settings, tracing: Tracing | None) -> Part:
    """Sends to the collector, if there is one."""
    if tracing is None:
        return Part()
    return Part((partial(tracing.run, settings.otel.interval_seconds),), close=tracing.aclose)
