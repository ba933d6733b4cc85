"""Where things are kept, on each platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dragoman.config.folders import locate_data_folder, locate_ledger_folder
from dragoman.config.sections.ledger import LedgerSettings


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share/dragoman"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/data"}, "/data/dragoman"),
        ("darwin", {"HOME": "/h", "XDG_DATA_HOME": "/data"}, "/h/Library/Application Support/dragoman"),
        ("win32", {"HOME": "/h"}, "/h/AppData/Local/dragoman"),
        ("win32", {"HOME": "/h", "LOCALAPPDATA": "/l"}, "/l/dragoman"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/data", "DRAGOMAN_DATA": "/mine"}, "/mine"),
    ],
)
def test_data_is_where_the_platform_or_the_operator_wants_it(
    platform: str, environment: Mapping[str, str], folder: str
) -> None:
    assert locate_data_folder(environment, platform) == Path(folder)


def test_without_a_home_in_the_environment_the_system_is_asked() -> None:
    assert locate_data_folder({}, "linux") == Path.home() / ".local" / "share" / "dragoman"


def test_the_ledger_is_in_the_data_folder_unless_it_is_set() -> None:
    environment = {"DRAGOMAN_DATA": "/mine"}
    assert locate_ledger_folder(LedgerSettings(), environment, "linux") == Path("/mine/ledger")
    assert locate_ledger_folder(LedgerSettings(path="/other"), environment, "linux") == Path("/other")
