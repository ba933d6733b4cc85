"""What local models cost others, and what the gateway costs them. Both need the starter model's file to be here.

While a model generates on the other core, requests to other providers may not get slower; and a model that is asked
through the gateway may not write slower than one whose worker is asked directly. Both figures are shares that are lost.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import gateway as dragoman
from bench.processes import LOAD_CORE, Children, Server, StartError, find_free_port, select_core
from bench.results import Result
from bench.wrk import Shot, run_load
from dragoman.clock import SystemClock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.models import STARTER, is_present, load_catalogue, select_models_folder
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.engine.workers import list_workers
from dragoman.service.background import Background

PAIRS = 3
TOKENS = 160
SECONDS = 2.0
CONNECTIONS = 128  # so many that the load, which shares its core with the model, never runs out of requests
API_KEY = "bench"
LOCAL = "\nlocal: {{ folder: {folder!r}, threads: 1 }}\n"
BODY = {
    "messages": [{"role": "user", "content": "Tell me a long story about a harbour."}],
    "max_tokens": TOKENS,
    "temperature": 0.0,
    "ignore_eos": True,
}


@contextmanager
def local_gateway(children: Children, provider: Server, streams: Server) -> Iterator[Server]:
    """A gateway with a local model beside the usual providers; the model is loaded, on the core of the load."""
    folder = select_models_folder("", os.environ)
    if not is_present(load_catalogue()[STARTER], folder):
        raise StartError(f"the starter model is not here: dragoman models pull {STARTER}")
    port = find_free_port()
    path = children.folder / f"local-{port}.yaml"
    path.write_text(build_config(provider.port, streams.port, folder))
    environment = dragoman.ENVIRONMENT | {"DRAGOMAN_CONFIG": str(path)}
    server = children.start_server(f"local-{port}", dragoman.build_command(port), port, environment=environment)
    try:
        time_answer(open_gateway(server.port), 4)
        pin_workers(server.pid)
        yield server
    finally:
        children.stop(server.pid)


def build_config(answers: int, streams: int, folder: Path) -> str:
    """The usual configuration with the provider of local models in it."""
    return dragoman.build_config(answers, streams) + "  local:\n" + LOCAL.format(folder=str(folder))


def pin_workers(gateway_pid: int) -> None:
    """The workers of a gateway, with all their threads, to the core of the load."""
    for worker in list_workers():
        if worker.gateway_pid == gateway_pid:
            for thread in Path(f"/proc/{worker.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {select_core(LOAD_CORE)})


Ask = Callable[[dict[str, object]], dict[str, object]]


def open_gateway(port: int) -> Ask:
    """Asks the model through a gateway."""

    def ask(body: dict[str, object]) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        return _post(connection, {**body, "model": f"local/{STARTER}"}, dragoman.KEY)

    return ask


def open_worker(socket_path: str, key: str = API_KEY) -> Ask:
    """Asks a worker itself."""

    def ask(body: dict[str, object]) -> dict[str, object]:
        connection = http.client.HTTPConnection("local", timeout=120)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(socket_path)
        return _post(connection, body, key)

    return ask


def _post(connection: http.client.HTTPConnection, body: dict[str, object], key: str) -> dict[str, object]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}", "connection": "close"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    with connection.getresponse() as response:
        answer: dict[str, object] = json.loads(response.read())
    connection.close()
    if response.status != 200:
        raise StartError(f"the local model answered with {response.status}: {answer}")
    return answer


def time_answer(ask: Ask, tokens: int) -> float:
    """Seconds for each token of an answer of so many."""
    started = time.monotonic()
    answer = ask({**BODY, "max_tokens": tokens})
    usage = answer["usage"]
    assert isinstance(usage, dict)
    return (time.monotonic() - started) / int(usage["completion_tokens"])


# -- the two figures -------------------------------------------------------------------------------------------------


def measure_neighbour(children: Children, provider: Server, streams: Server, shot: Shot) -> Result:
    """How much of the throughput to another provider is lost while a model generates on the other core."""
    lost = []
    with local_gateway(children, provider, streams) as server:
        shot = shot._replace(port=server.port)
        for _ in range(PAIRS):
            alone = run_load(children, shot, CONNECTIONS, SECONDS).requests_per_second
            with generating(server.port):
                beside = run_load(children, shot, CONNECTIONS, SECONDS).requests_per_second
            lost.append(100 * (1 - beside / alone))
    return Result("local-neighbour", statistics.median(lost), note=f"pairs: {', '.join(f'{x:.1f}' for x in lost)} %")


@contextmanager
def generating(port: int) -> Iterator[None]:
    """A model writes without pause."""
    is_over = threading.Event()

    def write() -> None:
        ask = open_gateway(port)
        while not is_over.is_set():
            time_answer(ask, TOKENS // 4)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def measure_speed(children: Children, provider: Server, streams: Server) -> Result:
    """How much slower a model writes through the gateway than for somebody who asks its worker directly."""
    with local_gateway(children, provider, streams) as server:
        return asyncio.run(_compare(server))


async def _compare(server: Server) -> Result:
    background = Background()
    engine = Engine(Place(API_KEY), os.environ, SystemClock(), background.start)
    engine.restock(load_catalogue(), LocalSettings(threads=1))
    try:
        (await engine.lease(STARTER)).release(has_served=True)
        pin_workers(os.getpid())
        directly, through = open_worker(engine.place.socket_for(STARTER)), open_gateway(server.port)
        lost = []
        for _ in range(PAIRS):
            own = await asyncio.to_thread(time_answer, directly, TOKENS)
            ours = await asyncio.to_thread(time_answer, through, TOKENS)
            lost.append(100 * (1 - own / ours))
    finally:
        await background.aclose()
        await engine.aclose()
    note = f"pairs: {', '.join(f'{share:.1f}' for share in lost)} %"
    return Result("local-speed", statistics.median(lost), note=note)
