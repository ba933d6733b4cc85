"""What notes every exchange, prices it and counts it."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from dragoman.bootstrap.settings import Apply
from dragoman.catalog.providers import load_rows
from dragoman.clock import Clock, IdSource
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.schema import Settings
from dragoman.engine import provider as local
from dragoman.errors import DragomanError, Kind
from dragoman.http.data_plane import DataPlane
from dragoman.http.metrics_page import MetricsPage
from dragoman.ledger.archive import Archive
from dragoman.ledger.bodies import FILE_NAME as BODIES_FILE_NAME
from dragoman.ledger.bodies import BodyStore
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import FILE_NAME as CONVERSATIONS_FILE_NAME
from dragoman.ledger.conversations import ConversationStore
from dragoman.ledger.journal import Journal
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.responses import FILE_NAME as RESPONSES_FILE_NAME
from dragoman.ledger.responses import ResponseStore
from dragoman.ledger.row import ExchangeRow, Record
from dragoman.ledger.shelf import Shelf
from dragoman.ledger.sql_store import SqlStore
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.ledger.uploads import FILE_NAME as UPLOADS_FILE_NAME
from dragoman.ledger.uploads import UploadStore
from dragoman.ledger.writer import LedgerWriter, Retention
from dragoman.service.admin.live import Feed
from dragoman.service.budgets import Book
from dragoman.service.metering.instruments import Instruments
from dragoman.service.metering.own_prices import build_own_prices
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.metering.settle import Meter
from dragoman.service.metering.tally import Tally, list_names
from dragoman.service.metering.tracing import Tracing
from dragoman.service.metering.transcripts import Scribe
from dragoman.telemetry.metrics import Reading


def build_price_book(settings: Settings) -> PriceBook:
    """What prices go by."""
    rows = {local.ROW.name: local.ROW, **load_rows()}
    known = {name: provider.row or name for name, provider in settings.providers.items()}
    free = frozenset(name for name, row in known.items() if row in rows and rows[row].local)
    return PriceBook(known, free, build_own_prices(settings.prices))


class Audience(NamedTuple):
    """Who is told of what is metered."""

    tally: Tally | None = None
    tracing: Tracing | None = None
    feed: Feed | None = None
    book: Book | None = None

    def counter(self) -> Callable[[Sequence[ExchangeRow]], None] | None:
        """Of the exchanges of a round when they are over."""
        return self.tally.count if self.tally is not None else None

    def tell(self, rows: Sequence[ExchangeRow]) -> None:
        """Of those that have arrived in the ledger, with their cost."""
        if self.tally is not None:
            self.tally.count_costs(rows)
        if self.tracing is not None:
            self.tracing.note(rows)
        if self.feed is not None:
            self.feed.note(rows)
        if self.book is not None:
            self.book.tell(rows)

    def tell_without_ledger(self, record: Record) -> None:
        """Where nothing is kept, nobody knows the cost, and the collector is told at once."""
        if self.tracing is not None and isinstance(record, ExchangeRow):
            self.tracing.note((record,))


NOBODY = Audience()


def build_ledger(
    settings: Settings, environment: Mapping[str, str], clock: Clock, pricer: Pricer, audience: Audience = NOBODY
) -> tuple[Meter | None, LedgerWriter | None]:
    """What notes every exchange, and what takes the notes to where they are kept."""
    if not settings.ledger.enabled:
        is_heard = not (audience.tally is None and audience.tracing is None and audience.book is None)
        return (Meter(audience.tell_without_ledger, clock, audience.counter()) if is_heard else None), None
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    journal = Journal(folder / "journal", IdSource().make("run_"), clock)
    store = open_store(settings, environment)
    retention = Retention(settings.ledger.retention_days, settings.ledger.max_mib)
    writer = LedgerWriter(journal, store, clock, retention, pricer.complete, tell=audience.tell)
    return Meter(journal.append, clock, audience.counter(), pricer.reckon), writer


def open_store(settings: Settings, environment: Mapping[str, str], *, is_reader: bool = False) -> SqlStore:
    """Where rows and sums are kept. The library for Postgres is an extra, and imported where it is wanted."""
    url = settings.ledger.url
    if url is None:
        folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
        return SqliteStore(folder / FILE_NAME, is_reader=is_reader)
    if find_spec("psycopg") is None:
        message = "`ledger.url` needs the extra `dragoman[postgres]`: install it, or remove the URL."
        raise DragomanError(Kind.INVALID_REQUEST, message, path="ledger.url")
    from dragoman.ledger.postgres import PostgresStore

    return PostgresStore(url, is_reader=is_reader)


def build_reader(settings: Settings, environment: Mapping[str, str]) -> LedgerReader | None:
    """What asks the ledger, if one is kept."""
    if not settings.ledger.enabled:
        return None
    store = open_store(settings, environment, is_reader=True)
    return LedgerReader(store, store.is_made)


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


def build_conversations(settings: Settings, environment: Mapping[str, str], clock: Clock) -> ConversationArchive:
    """What keeps conversations; its file lies beside the ledger's."""
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    return ConversationArchive(ConversationStore(folder / CONVERSATIONS_FILE_NAME), clock, settings.responses)


def build_shelf(settings: Settings, environment: Mapping[str, str], clock: Clock) -> Shelf:
    """What keeps uploads for those who want to refer to them; its file lies beside the ledger's."""
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    return Shelf(UploadStore(folder / UPLOADS_FILE_NAME), clock, settings.uploads)


def build_keeping(
    settings: Settings, environment: Mapping[str, str], clock: Clock
) -> tuple[Archive, ConversationArchive, Shelf]:
    """All that keeps things for callers."""
    return (
        build_archive(settings, environment, clock),
        build_conversations(settings, environment, clock),
        build_shelf(settings, environment, clock),
    )


def build_scribe(settings: Settings, environment: Mapping[str, str], clock: Clock) -> Scribe:
    """What writes down what is said, of those of whom that is wanted; its file lies beside the ledger's."""
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    return Scribe(BodyStore(folder / BODIES_FILE_NAME), clock, settings.bodies, random.random)
