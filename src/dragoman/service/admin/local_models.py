"""The models of this machine: which there are, how they fare, fetching them in the background, loading and unloading."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from dragoman.engine.disk import Progress
from dragoman.engine.fetch import fetch_model
from dragoman.engine.hub import pull_model
from dragoman.engine.models import (
    LocalModel,
    Shelf,
    find_model,
    is_present,
    load_added,
    load_shelf,
    save_added,
    select_models_folder,
)
from dragoman.engine.speed import Counts, Speed, Speedometer, read_counts
from dragoman.engine.supervisor import Engine, is_installed, measure_memory
from dragoman.engine.workers import list_workers
from dragoman.errors import DragomanError, Kind

_log = logging.getLogger(__name__)

FetchState = Literal["running", "done", "failed", "cancelled"]
Start = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


class Fetch(msgspec.Struct):
    """How far a fetch has come."""

    name: str
    done_bytes: int = 0
    total_bytes: int = 0
    state: FetchState = "running"
    message: str = ""


class LocalModelView(msgspec.Struct, frozen=True):
    """One model. Of one that runs: what its process holds of the memory, and how many tokens a second it reads and writes,
    for each answer on its own."""

    name: str
    title: str
    label: str
    license: str
    is_here: bool
    is_offered: bool
    state: str
    size_bytes: int
    memory_bytes: int
    context_tokens: int
    sees: bool
    tools: bool
    thinking: bool
    slots: int
    busy: int
    waiting: int
    queue_limit: int
    resident_bytes: int
    read_tokens_per_second: float | None
    written_tokens_per_second: float | None
    failure: str
    fetch: Fetch | None


class LocalModelList(msgspec.Struct, frozen=True):
    """All of them, and what the machine bears."""

    is_installed: bool
    folder: str
    memory_budget_bytes: int
    memory_held_bytes: int
    items: list[LocalModelView]


class Look(NamedTuple):
    """What was found outside of the gateway: models, those that are here, and by process id what workers hold and count."""

    shelf: Shelf
    here: frozenset[str]
    resident_bytes: Mapping[int, int]
    counts: Mapping[int, Counts]


class LocalModels:
    """Steers the engine. `start` runs work beside everything else; `reload` makes the gateway offer what is new."""

    def __init__(
        self, engine: Engine, environment: Mapping[str, str], start: Start, reload: Callable[[], object]
    ) -> None:
        self._engine = engine
        self._environment = environment
        self._start = start
        self._reload = reload
        self._fetches: dict[str, Fetch] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._speedometers: dict[str, Speedometer] = {}

    async def read_all(self) -> LocalModelList:
        """The catalogue's and the operator's own."""
        folder = select_models_folder(self._engine.settings.folder, self._environment)
        look = await asyncio.to_thread(_look, folder, self._list_sockets(), self._engine.place.api_key)
        budget = self._engine.settings.memory_mib << 20 or measure_memory() // 2
        return LocalModelList(
            is_installed=is_installed(),
            folder=str(folder),
            memory_budget_bytes=budget,
            memory_held_bytes=sum(station.model.memory_bytes for station in self._engine.list_running()),
            items=[self._view(model, look) for model in look.shelf.values()],
        )

    def list_fetches(self) -> list[Fetch]:
        """All that are under way or have ended."""
        return list(self._fetches.values())

    def pull(self, name: str) -> Fetch:
        """Begin to fetch a model's files; where that is under way already, nothing new begins."""
        folder = select_models_folder(self._engine.settings.folder, self._environment)
        model = find_model(load_shelf(folder), name)
        known = self._fetches.get(name)
        if known is not None and known.state == "running":
            return known
        fetch = self._fetches[name] = Fetch(name, total_bytes=model.size_bytes)
        self._tasks[name] = self._start(self._fetch(model, fetch), f"fetch of {name}")
        return fetch

    def cancel(self, name: str) -> Fetch:
        """Give a fetch up; what has come is kept, and the next one goes on there."""
        fetch = self._fetches.get(name)
        if fetch is None or fetch.state != "running":
            raise DragomanError(Kind.NOT_FOUND, f"Nothing of {name[:64]!r} is being fetched.")
        fetch.state = "cancelled"
        self._tasks[name].cancel()
        return fetch

    async def load(self, name: str) -> None:
        """Start its worker; raises what stands in the way."""
        lease = await self._engine.lease(name)
        lease.release(has_served=False)

    async def unload(self, name: str) -> None:
        """Stop its worker, unless somebody is being served."""
        await self._engine.unload(name)

    async def _fetch(self, model: LocalModel, fetch: Fetch) -> None:
        folder = select_models_folder(self._engine.settings.folder, self._environment)

        def tell(done: int, total: int) -> None:
            if fetch.state != "running":
                raise DragomanError(Kind.CONFLICT, "The fetch was given up.", blame="gateway")
            fetch.done_bytes, fetch.total_bytes = done, total

        try:
            if model.hub is None:
                await fetch_model(model, folder, self._environment, tell)
            else:
                await asyncio.to_thread(_pull_from_hub, model, self._environment, self._engine.settings.folder, tell)
            fetch.done_bytes, fetch.state = fetch.total_bytes, "done"
            self._reload()
        except asyncio.CancelledError:
            fetch.state = "cancelled"
            raise
        except DragomanError as error:
            if fetch.state == "running":
                fetch.state, fetch.message = "failed", str(error)
                _log.warning("the local model %s could not be fetched: %s", model.name, error)

    def _list_sockets(self) -> dict[int, str]:
        """Where the running workers listen, by their process ids."""
        workers = {one.model.name: one.worker for one in self._engine.list_running()}
        return {
            worker.pid: self._engine.place.socket_for(name) for name, worker in workers.items() if worker is not None
        }

    def _measure(self, name: str, pid: int, look: Look) -> Speed:
        """How fast a running worker is; a look that it had no time for changes nothing."""
        meter = self._speedometers.setdefault(name, Speedometer())
        return meter.note(pid, look.counts[pid]) if pid in look.counts else meter.speed

    def _view(self, model: LocalModel, look: Look) -> LocalModelView:
        station = self._engine.find_station(model.name)
        line = station.line if station is not None else None
        worker = station.worker if station is not None and station.state == "running" else None
        speed = self._measure(model.name, worker.pid, look) if worker is not None else Speed()
        return LocalModelView(
            name=model.name,
            title=model.title,
            label=model.label,
            license=model.license,
            is_here=model.name in look.here,
            is_offered=model.name in self._engine.shelf,
            state=station.state if station is not None else "stopped",
            size_bytes=model.size_bytes,
            memory_bytes=model.memory_bytes,
            context_tokens=model.context_tokens,
            sees=model.sees,
            tools=model.tools,
            thinking=model.thinking,
            slots=self._engine.settings.slots,
            busy=line.taken if line is not None else 0,
            waiting=line.waiting if line is not None else 0,
            queue_limit=self._engine.settings.queue_limit,
            resident_bytes=look.resident_bytes.get(worker.pid, 0) if worker is not None else 0,
            read_tokens_per_second=speed.reading,
            written_tokens_per_second=speed.writing,
            failure=station.cause if station is not None and station.failures else "",
            fetch=self._fetches.get(model.name),
        )


def _look(folder: Any, sockets: Mapping[int, str], api_key: str) -> Look:
    """What there is, which of it is here, and how the workers fare."""
    shelf = load_shelf(folder)
    found = {pid: read_counts(path, api_key) for pid, path in sockets.items()}
    resident = (
        {one.pid: one.resident_bytes for one in list_workers() if one.gateway_pid == os.getpid()} if sockets else {}
    )
    return Look(
        shelf,
        frozenset(name for name, model in shelf.items() if is_present(model, folder)),
        resident,
        {pid: counts for pid, counts in found.items() if counts is not None},
    )


def _pull_from_hub(model: LocalModel, environment: Mapping[str, str], folder_setting: str, tell: Progress) -> None:
    folder = select_models_folder(folder_setting, environment)
    row = pull_model(model, folder, environment, tell)
    save_added(folder, {**load_added(folder), row.name: row})
