"""The admin API and the console, over everything else that there is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dragoman.bootstrap.access import Access
from dragoman.bootstrap.ledger import build_price_book
from dragoman.bootstrap.oidc import build_oidc
from dragoman.bootstrap.part import Part
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import NOTHING_STORED, parse_text
from dragoman.clock import Clock
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError
from dragoman.http.admin.desk import Desk
from dragoman.http.admin.plane import AdminPlane
from dragoman.http.admin.table import RouteTable
from dragoman.http.admin.tables import list_routes
from dragoman.http.caller import Caller
from dragoman.http.console_files import ConsoleFiles
from dragoman.http.console_link import LinkFile
from dragoman.http.console_session import Patience, Sessions
from dragoman.http.control_plane import ControlPlane
from dragoman.http.data_plane import DataPlane
from dragoman.http.playground import NAME, Playground
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.writer import LedgerWriter
from dragoman.service.admin.configuration import Configuration
from dragoman.service.admin.history import History
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.live import Feed, Live
from dragoman.service.admin.local_models import LocalModels
from dragoman.service.admin.overview import OverviewService, Trouble
from dragoman.service.admin.probe import Prober
from dragoman.service.admin.providers import Providers
from dragoman.service.admin.trouble import find_backlog_trouble, find_budget_trouble, find_pool_trouble
from dragoman.service.background import Background
from dragoman.service.exchange import Exchange
from dragoman.service.metering.pricing import Pricer
from dragoman.service.metering.settle import Meter
from dragoman.service.metering.transcripts import Scribe
from dragoman.service.reload import Reloader
from dragoman.service.switchboard import Switchboard
from dragoman.upstream.transport import Transport


class House(msgspec.Struct, frozen=True):
    """What there is already."""

    settings: Settings
    environment: Mapping[str, str]
    path: Path | None
    clock: Clock
    engine: Engine
    transport: Transport
    pricer: Pricer
    data_plane: DataPlane
    workers: Background
    feed: Feed
    reloader: Reloader[Settings]
    meter: Meter | None = None
    writer: LedgerWriter | None = None
    access: Access | None = None
    scribe: Scribe | None = None
    reader: LedgerReader | None = None


def build_admin(house: House, link_token: str = "") -> Part:
    """The control plane, which the data plane hands over to, and its part of the work."""
    link_file = LinkFile(locate_ledger_folder(house.settings.ledger, house.environment, sys.platform))
    sessions = Sessions(
        house.clock,
        link_token,
        house.settings.console.idle_minutes * 60.0,
        lambda digest: link_file.take(digest, house.clock.unix()),
    )
    desk = build_desk(house, sessions)

    def apply(changed: Settings) -> None:
        sessions.idle_seconds = changed.console.idle_minutes * 60.0

    house.data_plane.control = ControlPlane(AdminPlane(RouteTable(list_routes()), desk), desk, ConsoleFiles())
    return Part(apply=apply)


def build_desk(house: House, sessions: Sessions) -> Desk:
    """All use cases."""
    data_plane, clock, pricer = house.data_plane, house.clock, house.pricer
    boards = data_plane.pages.switchboards
    insight = Insight(house.reader, clock, pricer.find_rates) if house.reader is not None else None

    def read_current() -> Settings:
        return house.reloader.current

    def check_host(host: bytes, origin: bytes) -> None:
        data_plane.guard.check(host, origin)

    def count_in_flight() -> int:
        return len(data_plane.sinks)

    configuration = build_configuration(house)
    local_models = LocalModels(house.engine, house.environment, house.workers.start, house.reloader.reload)
    return Desk(
        clock=clock,
        sessions=sessions,
        patience=Patience(clock),
        check_host=check_host,
        identify=lambda secret: find_caller(data_plane, secret),
        needs_key=lambda: data_plane.principals.anybody is None,
        play=Playground(data_plane),
        settings=read_current,
        boards=boards,
        pricer=pricer,
        providers=Providers(boards, read_current, clock, insight),
        prober=build_prober(house),
        parse_trial=lambda text: parse_text(text, {}, Problems("The trial")),
        configuration=configuration,
        local_models=local_models,
        live=Live(
            house.feed,
            clock,
            lambda: (count_in_flight(), boards().room.count),
            local_models.list_fetches,
            lambda: data_plane.is_draining,
        ),
        insight=insight,
        overview=OverviewService(insight, pricer.find_rates, count_in_flight, lambda: list_trouble(house))
        if insight
        else None,
        history=build_history(house, configuration, insight) if insight else None,
        custody=house.access.custody if house.access is not None else None,
        read_bodies=house.scribe.read if house.scribe is not None else None,
        oidc=build_oidc(house.settings.console.oidc, house.transport, clock),
    )


def build_history(house: House, configuration: Configuration, insight: Insight) -> History:
    """What tries a configuration over what was recorded, with pools of its own that nobody else leases from."""

    def build_board(text: str) -> tuple[Switchboard, Pricer]:
        settings = configuration.parse_shown(text)
        return build_switchboard(settings, engine=house.engine), Pricer(build_price_book(settings))

    return History(insight, build_board)


def list_trouble(house: House) -> list[Trouble]:
    """What is wrong now, wherever it shows."""
    boards = house.data_plane.pages.switchboards
    found = find_pool_trouble(boards().pools, house.clock.monotonic())
    if house.writer is not None:
        found += find_backlog_trouble(house.writer.read_backlog())
    if house.access is not None:
        custody = house.access.custody
        maker = custody.find_maker(NAME, "admin", "")
        found += find_budget_trouble([*custody.list_keys(maker), *custody.list_teams(maker)])
    return found


def build_configuration(house: House) -> Configuration:
    """What shows and changes the file."""

    def parse(text: str, problems: Problems) -> Settings:
        stored = house.access.stored.opened if house.access is not None else NOTHING_STORED
        return parse_text(text, house.environment, problems, stored)

    return Configuration(house.path, parse, lambda: house.reloader.current, house.reloader.reload)


def build_prober(house: House) -> Prober:
    """What makes small live calls, metered like all others."""
    meter = house.meter

    def settle(exchange: Exchange) -> None:
        if meter is not None:
            meter.settle(exchange)

    return Prober(house.transport, house.clock, settle, meter.reserve if meter is not None else None)


def find_caller(data_plane: DataPlane, secret: str) -> Caller | None:
    """Whose key it is; without any configured key nobody has one that counts here."""
    principals = data_plane.principals
    if principals.anybody is not None:
        return None
    try:
        principal = principals.identify(secret)
    except DragomanError:
        return None
    return Caller(principal.name, principal.role, principal.team)
