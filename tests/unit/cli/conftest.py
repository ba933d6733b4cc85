"""Every test of the command line has an empty folder and an environment that nobody has put keys in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.catalog.providers import load_rows
from dragoman.config.environment import API_KEYS, CONFIG_PATH, OVERRIDES

OWN_VARIABLES = [CONFIG_PATH, *API_KEYS, *OVERRIDES, "DRAGOMAN_URL", "DRAGOMAN_DEBUG"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, entered."""
    variables = [name for row in load_rows().values() for name in [*row.key_env, *row.base_url_env]]
    for name in [*OWN_VARIABLES, *variables]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
