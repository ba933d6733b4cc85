"""The local models as a whole: which worker runs, who may use it, and who makes way for whom.

A worker is started by the first request for its model (whoever asks meanwhile waits for the same start), started again
after it died (at once the first time, then later and later), and stopped when nobody has asked for a while, when
another model needs its memory, or with the gateway. Invariant: a worker is stopped for memory or idleness only while
none of its slots is taken.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from importlib.util import find_spec
from typing import Any

from dragoman.clock import Clock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.disk import Progress
from dragoman.engine.failures import busy, unavailable
from dragoman.engine.fetch import fetch_model
from dragoman.engine.models import LocalModel, Shelf, find_model, load_template, select_models_folder
from dragoman.engine.place import Place
from dragoman.engine.process import WorkerProcess, start_worker
from dragoman.engine.spec import WorkerSpec
from dragoman.engine.station import Lease, Outcome, Station
from dragoman.errors import DragomanError, Kind

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
SHUTTING_DOWN = "The gateway is shutting down."

Launch = Callable[[Coroutine[Any, Any, None], str], object]
"""Runs work beside everything else, and owns it."""


def is_installed() -> bool:
    """Whether the native library is here. Looks, and does not import."""
    return find_spec("xllamacpp") is not None


class Engine:
    """All local models of a gateway. `restock` says which there are; until then there are none."""

    def __init__(self, place: Place, environment: Mapping[str, str], clock: Clock, launch: Launch) -> None:
        self.place = place
        self.environment = environment
        self._clock = clock
        self._launch = launch
        self._settings = LocalSettings()
        self._shelf: Shelf = {}
        self._stations: dict[str, Station] = {}
        self._names: dict[str, str] = {}
        self._released = asyncio.Event()
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<Engine: {', '.join(f'{name} {one.state}' for name, one in self._stations.items())}>"

    @property
    def settings(self) -> LocalSettings:
        """How models are run."""
        return self._settings

    @property
    def shelf(self) -> Shelf:
        """The models that can be asked for."""
        return self._shelf

    def restock(self, shelf: Shelf, settings: LocalSettings) -> None:
        """Take new models and settings. A worker whose model has changed is started anew when nobody else uses it."""
        self._shelf = dict(shelf)
        self._settings = settings
        for name, model in shelf.items():
            station = self._stations.get(name)
            if station is None:
                self._stations[name] = Station(model, settings, self._released.set)
                self._names[self.place.socket_for(name)] = name
            else:
                station.change_to(model, settings)

    def name_at(self, socket_path: str) -> str | None:
        """The model whose worker listens there."""
        return self._names.get(socket_path)

    async def lease(self, name: str) -> Lease:
        """A slot of the model's worker, which is fetched, loaded and waited for as need be."""
        station = self._find(name)
        await station.line.take(self._settings.queue_seconds)
        try:
            worker = await self._bring(station)
        except BaseException:
            station.line.give_back()
            raise
        station.used_at = self._clock.monotonic()
        return Lease(station, worker, self._clock)

    async def prepare(self, name: str) -> None:
        """Fetch and load a model before anybody asks for it. What goes wrong is logged; a request will try again."""
        try:
            lease = await self.lease(name)
        except DragomanError as error:
            _log.warning("the local model %s is not ready: %s", name, error)
        else:
            lease.release(has_served=False)

    async def watch(self) -> None:
        """Unload what nobody uses, for as long as the gateway runs."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.sweep()

    async def sweep(self) -> None:
        """Unload what nobody has used for long enough, or can ask for any more."""
        latest = self._clock.monotonic() - self._settings.idle_seconds
        for name, station in self._stations.items():
            if station.is_idle and (station.used_at <= latest or name not in self._shelf):
                await station.stop()

    def find_station(self, name: str) -> Station | None:
        """How a model fares; None for one that was never offered."""
        return self._stations.get(name)

    def list_running(self) -> list[Station]:
        """The models whose workers hold memory."""
        return [station for station in self._stations.values() if station.state != "stopped"]

    async def unload(self, name: str) -> None:
        """Stop a model's worker; raises while somebody would miss it."""
        station = self._find(name)
        if station.line.taken or station.line.waiting:
            raise busy(f"The local model {name!r} is answering; it cannot be unloaded now.")
        await station.stop()

    async def aclose(self) -> None:
        """Stop all workers; nothing is started any more."""
        self._is_closed = True
        await asyncio.gather(*(station.stop() for station in self._stations.values()))
        await asyncio.to_thread(self.place.remove)

    def _find(self, name: str) -> Station:
        return self._stations[find_model(self._shelf, name).name]

    async def _bring(self, station: Station) -> WorkerProcess:
        """The running worker, or the one that is started now. A request that gives up does not end the start."""
        worker = station.worker
        if worker is not None and worker.is_alive:
            if not station.is_outdated:
                return worker
            await station.stop()
        if station.starting is None:
            station.check_rest(self._clock.monotonic())
            if self._is_closed:
                raise unavailable(SHUTTING_DOWN)
            station.starting = asyncio.get_running_loop().create_future()
            self._launch(self._start(station, station.starting), f"start of {station.model.name}")
        try:
            async with asyncio.timeout(self._settings.start_seconds):
                outcome = await asyncio.shield(station.starting)
        except TimeoutError:
            raise busy(f"The local model {station.model.name!r} is still being fetched or loaded.") from None
        if isinstance(outcome, DragomanError):
            raise DragomanError(  # each who waits gets an error of its own
                outcome.kind,
                outcome.message,
                blame=outcome.blame,
                status=outcome.status,
                phase=outcome.phase,
                code=outcome.code,
                retry_after_seconds=outcome.retry_after_seconds,
            )
        return outcome

    async def _start(self, station: Station, done: asyncio.Future[Outcome]) -> None:
        """Fetch, make room, load; whoever waits is told how it went."""
        outcome: Outcome = unavailable(SHUTTING_DOWN)
        try:
            async with station.change:
                footing = station.footing
                outcome = station.worker = await self._load(station)
                station.loaded = footing
        except DragomanError as error:
            outcome = error
            if error.kind is not Kind.OVERLOADED:
                station.note_failure(self._clock.monotonic(), error.message)
            _log.warning("%s", error)
        finally:
            station.starting = None
            station.has_room = False
            self._released.set()
            done.set_result(outcome)

    async def _load(self, station: Station) -> WorkerProcess:
        model = station.model
        if not is_installed():
            raise unavailable("Local models need the extra: pip install 'dragoman[local]'.")
        settings = self._settings
        folder = select_models_folder(settings.folder, self.environment)
        path = await fetch_model(model, folder, self.environment, log_progress(model.name))
        await self._make_room(station)
        spec = WorkerSpec(
            name=model.name,
            model_path=str(path),
            mmproj_path=str(folder / model.mmproj) if model.mmproj else "",
            template=load_template(model.template),
            lora_path=model.lora,
            lora_strength=model.lora_strength,
            socket_path=self.place.socket_for(model.name),
            api_key=self.place.api_key,
            parent_pid=os.getpid(),
            threads=settings.threads or os.cpu_count() or 1,
            gpu_layers=settings.gpu_layers,
            context_tokens=model.context_tokens,
            slots=settings.slots,
            embeds=model.embeds,
            nice=settings.nice,
            sampling=model.sampling,
            image_max_tokens=model.image_max_tokens,
        )
        return await start_worker(spec, self.environment, settings.start_seconds)

    async def _make_room(self, newcomer: Station) -> None:
        """Stop the longest unused models until this one fits; while those that would have to go are busy, wait."""
        model = newcomer.model
        budget = find_budget(self._settings)
        if model.memory_bytes > budget:
            raise unavailable(explain_size(model, budget, self._shelf))
        try:
            async with asyncio.timeout(self._settings.queue_seconds):
                while self._held_bytes() + model.memory_bytes > budget:
                    await self._stop_idle()
                newcomer.has_room = True
        except TimeoutError:
            raise busy(f"The local model {model.name!r} had to wait: others were busy and held all memory.") from None

    async def _stop_idle(self) -> None:
        """Stop the longest unused model, or wait until something has changed."""
        idle = sorted((one for one in self._stations.values() if one.is_idle), key=lambda one: one.used_at)
        if idle:
            await idle[0].stop()
        else:
            self._released.clear()
            await self._released.wait()

    def _held_bytes(self) -> int:
        """The memory of those that run, or have room and will run soon."""
        return sum(
            station.model.memory_bytes
            for station in self._stations.values()
            if station.has_room or station.state == "running"
        )


def find_budget(settings: LocalSettings) -> int:
    """The bytes of memory that all local models may hold together."""
    return settings.memory_mib << 20 or measure_memory() // 2


def explain_size(model: LocalModel, budget_bytes: int, shelf: Shelf) -> str:
    """Why a model cannot be loaded here, and which could."""
    fitting = [name for name, one in shelf.items() if one.memory_bytes <= budget_bytes]
    return (
        f"The local model {model.name!r} needs {model.memory_bytes >> 20} MiB of memory and local models may have "
        f"{budget_bytes >> 20} MiB (local.memory_mib). These would fit: {', '.join(fitting) or 'none'}."
    )


def measure_memory() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def log_progress(name: str) -> Progress:
    """Tells of a fetch in the log, at each tenth of it."""
    told = [-1]

    def tell(done: int, total: int) -> None:
        tenth = done * 10 // total
        if tenth > told[0]:
            told[0] = tenth
            _log.info("fetching the local model %s: %d of %d MiB", name, done >> 20, total >> 20)

    return tell
