"""The models of this machine, and fetching them beside everything else."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.models import load_catalogue, save_added
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError, Kind
from dragoman.service.admin import local_models as module
from dragoman.service.admin.local_models import Fetch, LocalModels, LocalModelView
from dragoman.service.background import Background
from tests.tiny_models import API_KEY, ENVIRONMENT, make_thinker, running_engine

STARTER = "smollm2-135m"


class Office:
    """Local models over an engine that runs nothing."""

    def __init__(self, folder: Path) -> None:
        self.reloads = 0
        self.background = Background()
        environment = {"HOME": str(folder)}
        self.engine = Engine(Place("k"), environment, FixedClock(), self.background.start)
        self.models = LocalModels(self.engine, environment, self.background.start, self.reload)

    def reload(self) -> None:
        self.reloads += 1


async def settle(fetch: Fetch) -> None:
    async with asyncio.timeout(60):
        while fetch.state == "running":
            await asyncio.sleep(0)


def say_hello(socket_path: str) -> None:
    """One short answer by a worker."""
    connection = http.client.HTTPConnection("local")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(socket_path)
    said = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}
    headers = {"authorization": f"Bearer {API_KEY}", "content-type": "application/json", "connection": "close"}
    connection.request("POST", "/v1/chat/completions", json.dumps(said), headers)
    with connection.getresponse() as response:
        assert response.status == 200, response.read()
        response.read()
    connection.close()


def replace_fetching(monkeypatch: pytest.MonkeyPatch, fetching: Callable[..., Any]) -> None:
    monkeypatch.setattr(module, "fetch_model", fetching)


def test_the_catalogue_is_listed_with_what_is_here(tmp_path: Path) -> None:
    told = asyncio.run(Office(tmp_path).models.read_all())
    assert {one.name for one in told.items} == set(load_catalogue())
    starter = next(one for one in told.items if one.name == STARTER)
    assert (starter.is_here, starter.is_offered, starter.state, starter.fetch) == (False, False, "stopped", None)
    assert told.folder == str(tmp_path / ".cache" / "dragoman" / "models")


def test_a_fetch_shows_how_far_it_is_and_is_offered_when_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> Fetch:
        go_on = asyncio.Event()

        async def fetching(model: Any, folder: Any, environment: Any, tell: Callable[[int, int], None]) -> None:
            tell(5, 10)
            await go_on.wait()

        replace_fetching(monkeypatch, fetching)
        office = Office(tmp_path)
        fetch = office.models.pull(STARTER)
        await asyncio.sleep(0)
        assert (fetch.state, fetch.done_bytes, fetch.total_bytes) == ("running", 5, 10)
        assert office.models.pull(STARTER) is fetch
        assert office.models.list_fetches() == [fetch]
        go_on.set()
        await settle(fetch)
        assert office.reloads == 1
        return fetch

    fetch = asyncio.run(play())
    assert (fetch.state, fetch.done_bytes) == ("done", 10)


def test_a_fetch_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetching(*_given: Any) -> None:
        raise DragomanError(Kind.UNAVAILABLE, "the disk is full")

    async def play() -> Fetch:
        office = Office(tmp_path)
        fetch = office.models.pull(STARTER)
        await settle(fetch)
        assert office.reloads == 0
        return fetch

    replace_fetching(monkeypatch, fetching)
    fetch = asyncio.run(play())
    assert (fetch.state, fetch.message) == ("failed", "the disk is full")


def test_a_fetch_can_be_given_up_and_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetching(*_given: Any) -> None:
        await asyncio.Event().wait()

    async def play() -> None:
        office = Office(tmp_path)
        first = office.models.pull(STARTER)
        await asyncio.sleep(0)
        assert office.models.cancel(STARTER) is first
        assert first.state == "cancelled"
        with pytest.raises(DragomanError, match="being fetched"):
            office.models.cancel(STARTER)
        assert office.models.pull(STARTER) is not first
        await office.background.aclose()

    replace_fetching(monkeypatch, fetching)
    asyncio.run(play())


def test_what_is_not_there_cannot_be_fetched_loaded_or_unloaded(tmp_path: Path) -> None:
    async def play() -> None:
        models = Office(tmp_path).models
        for attempt in (models.load("nobody"), models.unload("nobody")):
            with pytest.raises(DragomanError, match="no local model"):
                await attempt
        with pytest.raises(DragomanError, match="no local model"):
            models.pull("nobody")

    asyncio.run(play())


def test_a_running_model_tells_its_memory_and_its_speed_and_a_stopped_one_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        thinker = make_thinker()
        save_added(tmp_path, {thinker.name: thinker})
        settings = LocalSettings(folder=str(tmp_path), slots=2, threads=1, queue_limit=5)
        async with running_engine(thinker, settings=settings) as engine:
            models = LocalModels(engine, ENVIRONMENT, Background().start, lambda: None)

            async def look() -> LocalModelView:
                (found,) = [one for one in (await models.read_all()).items if one.name == thinker.name]
                return found

            cold = await look()
            assert (cold.resident_bytes, cold.written_tokens_per_second, cold.queue_limit) == (0, None, 5)
            await models.load(thinker.name)
            idle = await look()
            assert idle.resident_bytes > 1 << 20
            assert idle.written_tokens_per_second is None
            await asyncio.to_thread(say_hello, engine.place.socket_for(thinker.name))
            warm = await look()
            assert warm.read_tokens_per_second is not None
            assert warm.written_tokens_per_second is not None
            assert min(warm.read_tokens_per_second, warm.written_tokens_per_second) > 1
            await models.unload(thinker.name)
            gone = await look()
            assert (gone.resident_bytes, gone.written_tokens_per_second, gone.state) == (0, None, "stopped")

    asyncio.run(play())
