"""The ledger, for commands that look into it or change it, whether a gateway runs or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from dragoman.bootstrap.ledger import open_store
from dragoman.bootstrap.settings import read_settings
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.store import Store


class Ledger(NamedTuple):
    """`store` is an empty one where nothing was recorded yet; `place` is where the real one would be."""

    store: Store
    place: str


@contextmanager
def open_ledger(settings: Settings, environment: Mapping[str, str], *, is_reader: bool = True) -> Iterator[Ledger]:
    """The ledger that the settings are for. Nothing is made where there is none."""
    looker = open_store(settings, environment, is_reader=True)
    store = looker
    try:
        if not looker.is_made():
            yield Ledger(MemoryStore(), looker.place)
            return
        store = looker if is_reader else open_store(settings, environment)
        yield Ledger(store, looker.place)
    finally:
        store.close()
        looker.close()


@contextmanager
def open_configured_ledger(config: Path | None, *, is_reader: bool = True) -> Iterator[tuple[Ledger, Settings]]:
    """The ledger of the configuration that a command is for."""
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    with open_ledger(settings, environment, is_reader=is_reader) as ledger:
        yield ledger, settings
