"""Where the gateway keeps what must outlive it. Nothing is made here; who writes makes what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dragoman.config.environment import DATA_FOLDER
from dragoman.config.sections.ledger import LedgerSettings

NAME = "dragoman"


def locate_data_folder(environment: Mapping[str, str], platform: str) -> Path:
    """The folder that DRAGOMAN_DATA names, else the platform's own place for the data of a user's programs."""
    if named := environment.get(DATA_FOLDER):
        return Path(named)
    home = Path(environment["HOME"]) if environment.get("HOME") else Path.home()
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else home / ".local" / "share") / NAME


def locate_ledger_folder(settings: LedgerSettings, environment: Mapping[str, str], platform: str) -> Path:
    """Where the ledger is."""
    return Path(settings.path) if settings.path else locate_data_folder(environment, platform) / "ledger"
