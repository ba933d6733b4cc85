"""Settings are read again when their file changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dragoman.bootstrap.settings import read_settings
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import CredentialSettings
from dragoman.model.secret import Secret
from dragoman.service.reload import Reloader, watch_configuration
from tests.unit.bootstrap.configured import CONFIG, KEYS, write


def test_a_changed_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.service.reload.WATCH_SECONDS", 0.01)
    path = write(tmp_path, CONFIG)

    async def run() -> Settings:
        applied = asyncio.Event()
        reloader = Reloader(
            read_settings(path, KEYS), lambda: read_settings(path, KEYS), lambda settings: applied.set()
        )
        task = asyncio.ensure_future(watch_configuration(path, reloader))
        await asyncio.sleep(0)  # it looks at the file as it is now
        path.write_text(CONFIG.replace("quick", "swift"))
        async with asyncio.timeout(60):
            await applied.wait()
        task.cancel()
        return reloader.current

    assert asyncio.run(run()).routes["fast"].aliases == ["swift"]


STORED = CredentialSettings(secret=Secret("sk-a-stored-key-0123456789"), name="stored")


def test_a_stored_key_joins_the_pool_of_its_provider() -> None:
    settings = read_settings(None, KEYS, {"openai": (STORED,)})
    names = [credential.name for credential in settings.providers["openai"].credentials]
    assert names == ["OPENAI_API_KEY", "OPENAI_API_KEY#2", "stored"]


def test_a_stored_key_is_enough_for_a_provider_of_the_catalogue() -> None:
    settings = read_settings(None, {}, {"mistral": (STORED,), "nobody": (STORED,)})
    assert settings.providers["mistral"].credentials == [STORED]
    assert "nobody" not in settings.providers
