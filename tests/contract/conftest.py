"""The stores that have to keep the same promises, each new and empty for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.postgres import PostgresStore
from dragoman.ledger.sqlite import SqliteStore
from dragoman.ledger.store import Store
from tests.postgres import Postgres, running_postgres

STORES: dict[str, Callable[[pytest.FixtureRequest, Path], Store]] = {
    "memory": lambda request, folder: MemoryStore(),
    "sqlite": lambda request, folder: SqliteStore(folder / "a folder?" / "ledger.sqlite"),
    "postgres": lambda request, folder: PostgresStore(request.getfixturevalue("postgres").take_database()),
}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = STORES[request.param](request, tmp_path)
    yield opened
    opened.close()
