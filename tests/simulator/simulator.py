"""A fake provider as a context manager: its own thread, its own event loop, a real socket.

with Simulator() as simulator:
    simulator.script("Hello", fault=Fault(stop="rst", after_event=2), model="m")
    ...  # send requests to simulator.url
    assert simulator.journal[-1].outcome == "cut"
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.simulator.fault import NO_FAULT, Fault
from tests.simulator.journal import MAX_RECORDS, Journal, Record
from tests.simulator.say import Say, say
from tests.simulator.scripts import Match, Script, Scripts
from tests.simulator.server import Server

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
SETTLE_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
TLS_SHUTDOWN_SECONDS = 1.0
BACKLOG = 1_024

MODELS = ("sim-large", "sim-small")


class Simulator:
    """Everything here may be called from any thread while the simulator runs."""

    def __init__(
        self,
        *,
        port: int = 0,
        journal_path: Path | None = None,
        keep_records: int = MAX_RECORDS,
        models: tuple[str, ...] = MODELS,
        tls: ssl.SSLContext | None = None,
        judge: bool = True,
    ) -> None:
        """Without `judge` only the credential is checked: for providers with rules of their own. `keep_records` bounds
        the journal in memory; 0 keeps none, for long runs with a file.
        """
        self._wanted_port = port
        self._tls = tls
        self._journal = Journal(journal_path, keep_records)
        self._scripts = Scripts()
        self._server = Server(self._journal, self._scripts, models=models, judge=judge)
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def start(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_SECONDS) or self._failure:
            raise RuntimeError("the simulator did not start") from self._failure
        return self

    def stop(self) -> None:
        """Reset what is still open, end the thread, and tell about exceptions of the simulator's own."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_SECONDS)
        self._journal.close()
        if self._thread.is_alive():
            raise RuntimeError("the simulator did not stop")
        if self._server.crashes:
            raise RuntimeError("the simulator has a bug") from self._server.crashes[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def script(
        self,
        words: Say | str | None = None,
        *,
        fault: Fault = NO_FAULT,
        times: int | None = 1,
        key: str | None = None,
        model: str | None = None,
        path: str | None = None,
    ) -> None:
        """Queue what the next `times` requests get (None: all that come) that have this key, model and path."""
        self._scripts.add(_script(words, fault), Match(key=key, model=model, path=path), times)

    def set_default(self, words: Say | str | None = None, *, fault: Fault = NO_FAULT) -> None:
        """What a request gets for which no script is queued."""
        self._scripts.set_default(_script(words, fault))

    @property
    def pending_scripts(self) -> int:
        """How many uses of queued scripts are left."""
        return self._scripts.pending

    @property
    def journal(self) -> list[Record]:
        """What has ended. An exchange whose last byte a client has seen is in it."""
        self._settle()
        return self._journal.records

    @property
    def in_flight(self) -> list[Record]:
        """What is running now."""
        return self._journal.in_flight

    @property
    def open_sockets(self) -> int:
        """Connections that are open now, busy or idle."""
        return self._journal.open_sockets

    @property
    def complaints(self) -> list[str]:
        """Why rules refused requests: empty as long as every request was one that the real API takes."""
        return [record.complaint for record in self.journal if record.complaint]

    def wait_for(self, predicate: Callable[[], object], timeout_seconds: float = PATIENCE_SECONDS) -> None:
        """Return as soon as `predicate` is true; raise when it does not become so in time."""
        if not self._journal.wait_for(predicate, timeout_seconds):
            ended, running = self._journal.records[-5:], self.in_flight
            raise TimeoutError(f"not within {timeout_seconds:g} s; ended last: {ended}; running: {running}")

    def reset(self) -> None:
        """Forget the journal and all scripts; connections stay."""
        self._settle()
        self._scripts.clear()
        self._journal.reset()

    def _settle(self) -> None:
        """Let the loop write down what it has already sent: a few of its turns are enough."""
        if self._loop is None or not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(_turns(3), self._loop).result(SETTLE_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # told to the thread that waits in start()
            self._failure = error
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            self._server.accept,
            HOST,
            self._wanted_port,
            backlog=BACKLOG,
            ssl=self._tls,
            ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS if self._tls else None,
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        await self._server.close()
        await server.wait_closed()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _script(words: Say | str | None, fault: Fault) -> Script:
    return Script(say(words) if isinstance(words, str) else words or Say(), fault)
