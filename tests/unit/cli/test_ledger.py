"""The ledger that commands look into."""

from __future__ import annotations

from pathlib import Path

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.ledger import open_ledger
from dragoman.config.schema import Settings
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from tests.unit.ledger.rows import NOON_MS, make_row


def configure(folder: Path) -> tuple[Settings, dict[str, str]]:
    environment = {"DRAGOMAN_DATA": str(folder)}
    return read_settings(None, environment), environment


def test_nothing_is_made_where_nothing_was_recorded(tmp_path: Path) -> None:
    settings, environment = configure(tmp_path)
    for is_reader in (True, False):
        with open_ledger(settings, environment, is_reader=is_reader) as ledger:
            assert ledger.store.read_usage(0, NOON_MS, "key") == []
            assert ledger.place == str(tmp_path / "ledger" / FILE_NAME)
    assert list(tmp_path.iterdir()) == []


def test_what_was_recorded_is_read_and_changed_where_that_is_asked_for(tmp_path: Path) -> None:
    settings, environment = configure(tmp_path)
    store = SqliteStore(tmp_path / "ledger" / FILE_NAME)
    store.record_exchanges([make_row(1)])
    store.close()
    with open_ledger(settings, environment) as ledger:
        assert ledger.store.read_exchange(make_row(1).id) == make_row(1)
    with open_ledger(settings, environment, is_reader=False) as ledger:
        assert ledger.store.remove_oldest(1) == 1
