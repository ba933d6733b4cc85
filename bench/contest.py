"""One contender after the other under the same load, each in turns with nginx: this gateway, its peers.

Each answers the small chat request from 32 connections, then passes on streams whose events come each in a packet of
its own. A contender that is too slow for 64 such streams at a time gets fewer until it keeps up: a cost says nothing
where events pile up.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench import gateway as dragoman
from bench.cases import CHAT, Case, find_case
from bench.measure import (
    Plan,
    Stage,
    build_floor_shot,
    build_gateway_shot,
    check_answer,
    sample_events,
    sample_pairs,
)
from bench.peer_table import Peer, Place
from bench.proc import read_memory
from bench.processes import SERVER_CORE, Server, StartError, find_free_port, is_listening
from bench.results import Sample, find_ratio, merge_samples
from bench.traffic import build_request
from bench.upstream import PATTERNS
from bench.wrk import LoadError, Shot, run_load

PLAN = Plan(pairs=3, seconds=4.0)  # the slowest has few answers in a second, and what is under way at the end is lost
WARM_SECONDS = 1.0
READY_SECONDS = 90.0
ANSWER_SECONDS = 15.0
RETRY_SECONDS = 0.02
REST_SECONDS = 0.5
LADDER = (64, 16, 4, 1)
HIGHEST_LOAD = 0.85  # of its core; above it events pile up
LOWEST_FLOW = 0.6  # of the events that so many streams have in a second; below it streams wait for their turn

_PORT = re.compile(r"listening on (\d+)")


class Contender(NamedTuple):
    """Who is measured. `start` starts it for answers or for streams and says what it is to be asked."""

    name: str
    language: str
    version: str
    start: Callable[[Stage, Case], tuple[Server, Shot]]
    is_ours_to_stop: bool = True


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one contender did. `stream_failure` says why there is no figure for streams, `failure` why there is none."""

    name: str
    language: str = ""
    version: str = ""
    start_seconds: float | None = None
    idle_mb: float | None = None
    answers: Sample | None = None
    answers_ratio: float | None = None
    events: Sample | None = None
    events_ratio: float | None = None
    stream_count: int = 0
    stream_failure: str = ""
    failure: str = ""


def select_case(*, is_stream: bool) -> Case:
    """The case that everybody can serve."""
    case = find_case("single-chat-chat" if is_stream else "chat-chat")
    assert case is not None
    return case


def measure_contender(stage: Stage, contender: Contender) -> Standing:
    """All its figures; what goes wrong becomes part of the report."""
    standing = Standing(contender.name, contender.language, contender.version)
    try:
        standing = _measure_answers(stage, contender, standing)
    except (LoadError, StartError, OSError) as error:
        return msgspec.structs.replace(standing, failure=shorten(str(error)))
    try:
        return _measure_streams(stage, contender, standing)
    except (LoadError, StartError, OSError) as error:
        return msgspec.structs.replace(standing, stream_failure=shorten(str(error)))


def shorten(text: str) -> str:
    """One line of what may be a page."""
    words = " ".join(text.split())
    return words if len(words) <= 200 else f"{words[:80]} … {words[-110:]}"


def _measure_answers(stage: Stage, contender: Contender, standing: Standing) -> Standing:
    case = select_case(is_stream=False)
    started = time.monotonic()
    with running(stage, contender, case) as (server, shot):
        start_seconds = time.monotonic() - started
        time.sleep(REST_SECONDS)
        idle_mb = read_memory(server.pid).resident_mb
        run_load(stage.children, shot, stage.plan.connections, WARM_SECONDS)
        pairs = sample_pairs(stage, case, server, shot)
    return msgspec.structs.replace(
        standing,
        start_seconds=start_seconds if contender.is_ours_to_stop else None,
        idle_mb=idle_mb,
        answers=merge_samples([pair.gateway for pair in pairs]),
        answers_ratio=find_ratio(pairs),
    )


def _measure_streams(stage: Stage, contender: Contender, standing: Standing) -> Standing:
    case = select_case(is_stream=True)
    with running(stage, contender, case) as (server, shot):
        for count in LADDER:
            narrow = msgspec.structs.replace(stage, plan=msgspec.structs.replace(stage.plan, stream_connections=count))
            if can_carry(narrow, server, shot):
                pairs = sample_pairs(narrow, case, server, shot)
                return msgspec.structs.replace(
                    standing,
                    events=merge_samples([pair.gateway for pair in pairs]),
                    events_ratio=find_ratio(pairs),
                    stream_count=count,
                )
    raise LoadError("a single stream of 250 events a second is too much for it")


def can_carry(stage: Stage, server: Server, shot: Shot) -> bool:
    """A trial. Whoever is far too slow for so many streams may fail them."""
    try:
        return is_keeping_up(sample_events(stage, server, shot), stage.plan.stream_connections)
    except LoadError:
        return False


def is_keeping_up(sample: Sample, stream_count: int) -> bool:
    """Whether events went through as they came."""
    wanted = stream_count / PATTERNS["single"].interval_seconds
    return sample.load <= HIGHEST_LOAD and sample.events_per_second >= LOWEST_FLOW * wanted


@contextmanager
def running(stage: Stage, contender: Contender, case: Case) -> Iterator[tuple[Server, Shot]]:
    """The contender, from its first sound answer on."""
    server, shot = contender.start(stage, case)
    try:
        wait_for_answer(shot, case)
        yield server, shot
    finally:
        if contender.is_ours_to_stop:
            stage.children.stop(server.pid)


def wait_for_answer(shot: Shot, case: Case) -> None:
    """Listening is not yet answering."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return check_answer(shot, case)
        except (LoadError, OSError):
            if time.monotonic() > deadline:
                raise
        time.sleep(RETRY_SECONDS)


# -- the contenders --------------------------------------------------------------------------------------------------


def build_floor(version: str) -> Contender:
    """nginx, which runs already."""

    def start(stage: Stage, case: Case) -> tuple[Server, Shot]:
        return stage.floor, build_floor_shot(case, stage.floor.port)

    return Contender("nginx proxy_pass", "C", version, start, is_ours_to_stop=False)


def build_ours(version: str) -> Contender:
    """This gateway, started anew."""

    def start(stage: Stage, case: Case) -> tuple[Server, Shot]:
        server = dragoman.start_gateway(stage.children, stage.provider.port, stage.streams.port)
        return server, build_gateway_shot(case, server.port)

    return Contender("Dragoman", "Python", version, start)


def build_peer(peer: Peer, home: Path, version: str) -> Contender:
    """Another gateway, out of its row."""

    def start(stage: Stage, case: Case) -> tuple[Server, Shot]:
        base_url = f"http://127.0.0.1:{stage.provider.port}/v1"
        if case.is_stream:
            base_url = f"http://127.0.0.1:{stage.streams.port}/{case.pattern}/v1"
        server = start_peer(stage, peer, home, base_url)
        body = build_request(CHAT, peer.model, is_stream=case.is_stream, is_large=False)
        return server, Shot(server.port, peer.path, body, peer.headers(base_url))

    return Contender(peer.name, peer.language, version, start)


def start_peer(stage: Stage, peer: Peer, home: Path, base_url: str) -> Server:
    """Start it and wait until it listens."""
    children, port = stage.children, find_free_port()
    folder = children.folder / f"{find_free_port()}"
    folder.mkdir()
    launch = peer.prepare(Place(home, folder, port, base_url))
    name = f"peer-{port}"
    child = children.start(name, launch.command, SERVER_CORE, launch.environment, folder)
    if peer.picks_port:
        children.wait_for(name, child, lambda: find_port(children.log_path(name)) is not None, READY_SECONDS)
        port = find_port(children.log_path(name)) or port
    children.wait_for(name, child, partial(is_listening, port), READY_SECONDS)
    return Server(peer.name, child.pid, port)


def find_port(log: Path) -> int | None:
    """The port that a peer says it listens on."""
    match = _PORT.search(log.read_text(errors="replace"))
    return int(match[1]) if match else None
