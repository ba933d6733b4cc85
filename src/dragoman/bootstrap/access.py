"""Who may call, what they may use and spend: keys, teams and budgets, over the file that they are kept in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from dragoman.bootstrap.part import Part
from dragoman.clock import Clock
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.schema import Settings
from dragoman.ledger.control.records import Holdings, SealedCredential
from dragoman.ledger.control.sqlite import FILE_NAME, SqliteControl
from dragoman.ledger.spend import read_spend
from dragoman.ledger.writer import LedgerWriter
from dragoman.service.access.admission import Admission
from dragoman.service.access.control import Control
from dragoman.service.access.custody import Custody
from dragoman.service.access.directory import Directory
from dragoman.service.access.vault import OpenSeals, Stored, open_all, open_seals
from dragoman.service.budgets import Book
from dragoman.service.detours.idempotency import Idempotency
from dragoman.service.metering.pricing import Pricer


class StoredKeys:
    """Providers' keys that are kept sealed, opened. `on_change` is told when there are others."""

    def __init__(self, open_seals: OpenSeals) -> None:
        self.opened: Stored = {}
        self.on_change: Callable[[], object] = lambda: None
        self._open_seals = open_seals
        self._sealed: tuple[SealedCredential, ...] = ()

    def take(self, holdings: Holdings | None) -> None:
        """This is what is kept now."""
        if holdings is not None and holdings.credentials != self._sealed:
            self._sealed = holdings.credentials
            self.opened = open_all(holdings, self._open_seals)
            self.on_change()


class Access(NamedTuple):
    """What others work with."""

    directory: Directory
    admission: Admission
    custody: Custody
    control: Control
    stored: StoredKeys
    idempotency: Idempotency


def build_access(settings: Settings, environment: Mapping[str, str], clock: Clock, pricer: Pricer) -> Access:
    """All of it, with everything read that there is."""
    book = Book(clock, pricer.complete)
    if not settings.ledger.enabled:
        book.start_empty()
    directory = Directory(book, pricer.knows, clock)
    directory.change_settings(settings.auth.keys, settings.budgets)
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    stored = StoredKeys(partial(open_seals, environment))

    def take(holdings: Holdings | None) -> None:
        directory.change_holdings(holdings)
        stored.take(holdings)

    control = Control(SqliteControl(folder / FILE_NAME), take)
    control.load()
    custody = Custody(control, directory, clock, partial(open_seals, environment))
    return Access(
        directory, Admission(book, pricer, clock, settings.budgets), custody, control, stored, Idempotency(clock)
    )


def build_access_part(access: Access, writer: LedgerWriter | None) -> Part:
    """Follows the file of keys, the configuration, and what arrives in the ledger."""
    directory = access.directory
    if writer is not None:
        writer.read_first(
            "tell what was spent", lambda store: directory.book.reload(lambda since_ms: read_spend(store, since_ms))
        )

    def apply(changed: Settings) -> None:
        directory.change_settings(changed.auth.keys, changed.budgets)
        access.admission.settings = changed.budgets

    return Part((access.control.watch, directory.book.keep_up), apply, access.control.aclose)
