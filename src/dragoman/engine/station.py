"""One local model while the gateway runs: its worker, who waits for it, and how it has fared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dragoman.clock import Clock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.failures import unavailable
from dragoman.engine.models import LocalModel
from dragoman.engine.process import WorkerProcess
from dragoman.engine.slots import SlotLine
from dragoman.engine.spec import Abilities
from dragoman.errors import DragomanError

FIRST_REST_SECONDS = 0.5
MAX_REST_SECONDS = 30.0

Outcome = WorkerProcess | DragomanError
Footing = tuple[LocalModel, int, int, int, int]
"""All that a worker is started with and that may change: the model, and how it is run."""


class Station:
    """`starting` is there while somebody waits for a start; `cause` is why the last one failed; `has_room` tells that it
    may hold its memory, loaded or not; `on_release` is called when a slot was given back."""

    __slots__ = (
        "cause",
        "change",
        "failures",
        "has_room",
        "line",
        "loaded",
        "model",
        "on_release",
        "ready_at",
        "settings",
        "starting",
        "used_at",
        "worker",
    )

    def __init__(self, model: LocalModel, settings: LocalSettings, on_release: Callable[[], None]) -> None:
        self.model = model
        self.settings = settings
        self.on_release = on_release
        self.line = SlotLine(model.name, settings.slots, settings.queue_limit)
        self.loaded: Footing | None = None
        self.has_room = False
        self.worker: WorkerProcess | None = None
        self.change = asyncio.Lock()  # one worker at a time has the socket, to its end
        self.starting: asyncio.Future[Outcome] | None = None
        self.failures = 0
        self.cause = ""
        self.ready_at = 0.0
        self.used_at = 0.0

    def __repr__(self) -> str:
        return f"<Station {self.model.name}: {self.state}, {self.line}>"

    @property
    def state(self) -> str:
        """For people."""
        if self.starting is not None:
            return "starting"
        return "running" if self.worker is not None and self.worker.is_alive else "stopped"

    @property
    def is_idle(self) -> bool:
        """Its worker runs, and nobody would miss it now."""
        return self.state == "running" and not self.line.taken and not self.line.waiting

    @property
    def footing(self) -> Footing:
        """What a worker would be started with now."""
        settings = self.settings
        return self.model, settings.slots, settings.threads, settings.gpu_layers, settings.nice

    @property
    def is_outdated(self) -> bool:
        """Its worker was started with something else, and nobody but who asks now would miss it."""
        return self.loaded is not None and self.loaded != self.footing and self.line.taken <= 1

    def change_to(self, model: LocalModel, settings: LocalSettings) -> None:
        """The model, or how it is run, is another one from now on."""
        self.model = model
        self.settings = settings
        self.line.resize(settings.slots, settings.queue_limit)

    def note_failure(self, now: float, cause: str) -> None:
        """It could not be fetched or loaded, or keeps dying: try again later, and each time later still."""
        self.cause = cause
        self.ready_at = now + min(FIRST_REST_SECONDS * 2**self.failures, MAX_REST_SECONDS)
        self.failures += 1

    def check_rest(self, now: float) -> None:
        """Count a death that nobody has counted yet (the first one is forgiven); raises while the model rests."""
        if self.worker is not None:
            self.worker = None
            if self.failures:
                self.note_failure(now, f"The worker of the local model {self.model.name!r} keeps dying.")
            self.failures = max(self.failures, 1)
        if now < self.ready_at:
            raise unavailable(self.cause, self.ready_at - now)

    async def stop(self) -> None:
        """Unload it."""
        worker, self.worker = self.worker, None
        if worker is not None:
            async with self.change:
                await worker.stop()


class Lease:
    """A slot of a running worker; given back exactly once."""

    __slots__ = ("_clock", "_is_over", "_station", "_worker")

    def __init__(self, station: Station, worker: WorkerProcess, clock: Clock) -> None:
        self._station = station
        self._worker = worker
        self._clock = clock
        self._is_over = False

    @property
    def abilities(self) -> Abilities:
        """What the model that runs there can take."""
        return self._worker.abilities

    async def note_cut(self) -> None:
        """The connection broke; give the news of the worker's death a moment to arrive."""
        await self._worker.settle()

    def release(self, *, has_served: bool) -> None:
        """The answer is over."""
        if not self._is_over:
            self._is_over = True
            self._station.used_at = self._clock.monotonic()
            if has_served:
                self._station.failures = 0
            self._station.line.give_back()
            self._station.on_release()
