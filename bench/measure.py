"""How each kind of case is measured. `MEASURES` is the table from kind to function.

Every case is asked once, and its answer looked at, before it is measured: a gateway that refuses is fast. The floor and
the gateway take turns; both sit alone on one core while the load and the provider share the other.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle

import msgspec

from bench import gateway as dragoman
from bench.cases import GROWTH_MIX, Case, Kind, find_case
from bench.local import measure_neighbour, measure_speed
from bench.nginx import start_floor, start_provider
from bench.proc import Memory, read_cpu_seconds, read_memory, read_waiting_seconds
from bench.processes import (
    LOAD_CORE,
    ROOT,
    SERVER_CORE,
    Children,
    Server,
    StartError,
    ask,
    find_free_port,
    is_listening,
    select_core,
)
from bench.results import Pair, Result, Sample, fit_slope, merge_pairs, select_quiet
from bench.routing import time_routing
from bench.traffic import TRAFFIC, build_request
from bench.wakefulness import keep_awake
from bench.wrk import LoadError, Shot, finish_load, run_load, start_load

MARK = b"harbour"
"""A word that every answer and every stream has, and that a translation may not lose."""
SETTLE_SECONDS = 0.2
IDLE_REQUESTS = 20
OPEN_STREAMS = 1000
WARM_REQUESTS = 100_000
KEY_SECONDS = 10.0  # for a new key to be known
CROWD_SECONDS = 6.0


class Plan(msgspec.Struct, frozen=True):
    """How long and how often. Many short runs in turns: what disturbs the machine for a while then disturbs both."""

    pairs: int = 5
    seconds: float = 1.0
    stream_pairs: int = 3
    ramp_seconds: float = 1.2
    stream_seconds: float = 2.0
    connections: int = 32
    stream_connections: int = 64
    starts: int = 5
    growth_requests: int = 1_000_000


QUICK = Plan(pairs=2, stream_pairs=1, ramp_seconds=1.0, stream_seconds=1.5, starts=2, growth_requests=100_000)


class Stage(msgspec.Struct, frozen=True):
    """Everything that runs during the measurement."""

    children: Children
    plan: Plan
    provider: Server
    streams: Server
    floor: Server
    gateway: Server
    limited_keys: list[str] = []  # made when one is needed first


def read_counters(streams: Server) -> dict[str, int]:
    """What the provider of streams has sent so far."""
    counters: dict[str, int] = json.loads(ask(streams.port, "/counters")[1])
    return counters


# -- what is sent ----------------------------------------------------------------------------------------------------


def build_gateway_shot(case: Case, port: int, key: str = dragoman.KEY) -> Shot:
    """The case's request, as a client of the gateway sends it."""
    traffic = TRAFFIC[case.client]
    model = f"{dragoman.name_provider(case.provider, case.pattern)}/{TRAFFIC[case.provider].model}"
    body = build_request(case.client, model, is_stream=case.is_stream, is_large=case.is_large)
    return Shot(port, traffic.find_path(model, is_stream=case.is_stream), body, traffic.key_headers(key))


def build_floor_shot(case: Case, port: int) -> Shot:
    """The same request as a client of the provider itself sends it: nginx cannot translate."""
    traffic = TRAFFIC[case.client]
    body = build_request(case.client, traffic.model, is_stream=case.is_stream, is_large=case.is_large)
    prefix = f"/{case.pattern}" if case.pattern else ""
    path = prefix + traffic.find_path(traffic.model, is_stream=case.is_stream)
    return Shot(port, path, body, traffic.key_headers(dragoman.PROVIDER_KEY))


def check_answer(shot: Shot, case: Case) -> None:
    """The answer is whole, and in the client's dialect's own words where it is a stream."""
    status, body = ask(shot.port, shot.target, shot.body, {"Content-Type": "application/json", **shot.headers}, 30.0)
    wanted = [MARK, *([TRAFFIC[case.client].end_mark] if case.is_stream else [])]
    missing = [mark.decode() for mark in wanted if mark not in body]
    if status != 200 or missing:
        said = " ".join(body[-200:].decode("utf-8", "replace").split())
        raise LoadError(f"status {status}, without {' and '.join(missing) or 'fault'}: …{said}")


# -- CPU time --------------------------------------------------------------------------------------------------------


def measure_pairs(stage: Stage, case: Case) -> Result:
    """One way through the gateway beside the floor."""
    shot = build_limited_shot(stage, case) if case.is_limited else build_gateway_shot(case, stage.gateway.port)
    check_answer(build_floor_shot(case, stage.floor.port), case)
    check_answer(shot, case)
    return merge_pairs(case.name, sample_pairs(stage, case, stage.gateway, shot))


def build_limited_shot(stage: Stage, case: Case) -> Shot:
    """The case's request of a caller with a virtual key, once the gateway knows that key."""
    if not stage.limited_keys:
        stage.limited_keys.append(dragoman.create_limited_key(stage.children))
    shot = build_gateway_shot(case, stage.gateway.port, stage.limited_keys[0])
    deadline = time.monotonic() + KEY_SECONDS
    while True:
        try:
            check_answer(shot, case)
        except LoadError:
            if time.monotonic() > deadline:
                raise
            time.sleep(SETTLE_SECONDS)
        else:
            return shot


def measure_limits(stage: Stage, case: Case) -> Result:
    """The same request with a key of the configuration and with a virtual key, in turns."""
    plain, limited = build_gateway_shot(case, stage.gateway.port), build_limited_shot(stage, case)
    pairs = [
        Pair(*(sample_requests(stage, stage.gateway, shot) for shot in (plain, limited)))
        for _ in range(stage.plan.pairs)
    ]
    added = [pair.gateway.cost - pair.floor.cost for pair in select_quiet(pairs)]
    note = f"pairs: {', '.join(f'{one:.1f}' for one in sorted(added))} µs"
    return Result(case.name, statistics.median(added), note=note)


def sample_pairs(stage: Stage, case: Case, server: Server, shot: Shot) -> list[Pair]:
    """The floor, the gateway, the floor, the gateway, …; of these the quiet pairs."""
    sample = sample_events if case.is_stream else sample_requests
    count = stage.plan.stream_pairs if case.is_stream else stage.plan.pairs
    floor_shot = build_floor_shot(case, stage.floor.port)
    pairs = [Pair(sample(stage, stage.floor, floor_shot), sample(stage, server, shot)) for _ in range(count)]
    return select_quiet(pairs)


def sample_requests(stage: Stage, server: Server, shot: Shot) -> Sample:
    """As many requests as go through in a while, with as many clients as the plan says."""
    time.sleep(SETTLE_SECONDS)
    before, waited_before = read_cpu_seconds(server.pid), read_waiting_seconds(server.pid)
    load = run_load(stage.children, shot, stage.plan.connections, stage.plan.seconds)
    spent, waited = read_cpu_seconds(server.pid) - before, read_waiting_seconds(server.pid) - waited_before
    if load.failure_count:
        raise LoadError(f"{load.failure_count} of {load.request_count} requests to {server.name} failed")
    return Sample(
        cost=spent / load.request_count * 1e6,
        load=spent / load.seconds,
        requests_per_second=load.requests_per_second,
        p50_seconds=load.p50_seconds,
        p99_seconds=load.p99_seconds,
        waiting=waited / load.seconds,
    )


def sample_events(stage: Stage, server: Server, shot: Shot) -> Sample:
    """A window inside a steady flow of streams: CPU time divided by the events that the provider sent meanwhile."""
    plan = stage.plan
    seconds = plan.ramp_seconds + plan.stream_seconds + 1.0
    load = start_load(stage.children, shot, plan.stream_connections, seconds)
    time.sleep(plan.ramp_seconds)
    waited_before = read_waiting_seconds(server.pid)
    events, cpu, started = read_counters(stage.streams)["events"], read_cpu_seconds(server.pid), time.monotonic()
    time.sleep(plan.stream_seconds)
    elapsed = time.monotonic() - started
    sent, spent = read_counters(stage.streams)["events"] - events, read_cpu_seconds(server.pid) - cpu
    waited = read_waiting_seconds(server.pid) - waited_before
    failures = finish_load(stage.children, load, seconds).failure_count
    if failures or not sent:
        raise LoadError(f"{failures} streams through {server.name} failed, {sent} events were sent")
    return Sample(
        cost=spent / sent * 1e6, load=spent / elapsed, events_per_second=sent / elapsed, waiting=waited / elapsed
    )


def measure_routing(_: Stage, case: Case) -> Result:
    """Without a process: what it adds is less than what two runs over the network differ by."""
    return time_routing(case.name)


def measure_local_neighbour(stage: Stage, case: Case) -> Result:
    """A gateway with a local model."""
    shot = build_gateway_shot(case, stage.gateway.port)
    return measure_neighbour(stage.children, stage.provider, stage.streams, shot)


def measure_local_speed(stage: Stage, _: Case) -> Result:
    """A gateway with a local model, beside the model's worker alone."""
    return measure_speed(stage.children, stage.provider, stage.streams)


# -- starting and memory ---------------------------------------------------------------------------------------------


def measure_start(stage: Stage, case: Case) -> Result:
    """From starting the process to its first answer, several times; its files are in the page cache."""
    seconds = [time_start(stage, case) for _ in range(stage.plan.starts)]
    note = f"slowest of {len(seconds)}: {max(seconds):.2f} s"
    return Result(case.name, statistics.median(seconds), note=note)


def time_start(stage: Stage, case: Case) -> float:
    """One start, of a gateway that has only an environment."""
    port = find_free_port()
    shot = build_gateway_shot(case, port)._replace(
        body=build_request(case.client, f"openai/{TRAFFIC[case.provider].model}", is_stream=False, is_large=False)
    )
    environment = dragoman.build_offers(stage.provider.port)
    started = time.monotonic()
    child = stage.children.start("start", dragoman.build_command(port), SERVER_CORE, environment)
    stage.children.wait_for("start", child, partial(is_listening, port))
    check_answer(shot, case)
    elapsed = time.monotonic() - started
    stage.children.stop(child.pid)
    return elapsed


def measure_idle_memory(stage: Stage, case: Case) -> Result:
    """A fresh gateway that has answered a few requests."""
    with fresh_gateway(stage) as server:
        for _ in range(IDLE_REQUESTS):
            check_answer(build_gateway_shot(case, server.port), case)
        time.sleep(SETTLE_SECONDS)
        return describe_memory(case, read_memory(server.pid), "")


def measure_stream_memory(stage: Stage, case: Case) -> Result:
    """A fresh gateway with a thousand streams under way."""
    with fresh_gateway(stage) as server:
        load = start_load(stage.children, build_gateway_shot(case, server.port), OPEN_STREAMS, CROWD_SECONDS + 5)
        time.sleep(CROWD_SECONDS)
        memory, open_count = read_memory(server.pid), read_counters(stage.streams)["open"]
        stage.children.stop(load.pid)
    if open_count < OPEN_STREAMS:
        raise LoadError(f"only {open_count} of {OPEN_STREAMS} streams were open")
    return describe_memory(case, memory, f"{open_count} streams open")


@contextmanager
def fresh_gateway(stage: Stage) -> Iterator[Server]:
    """One more gateway, with no past."""
    server = dragoman.start_gateway(stage.children, stage.provider.port, stage.streams.port)
    try:
        yield server
    finally:
        stage.children.stop(server.pid)


def describe_memory(case: Case, memory: Memory, note: str) -> Result:
    """Resident memory is what is promised; the proportional figure goes into the note."""
    notes = [f"PSS {memory.proportional_mb:.1f} MB", note]
    return Result(case.name, memory.resident_mb, note=", ".join(filter(None, notes)))


def measure_growth(stage: Stage, case: Case) -> Result:
    """A fresh gateway under a mix of cases; the slope of its memory once every buffer and cache has been as large as full
    load makes it."""
    wanted = stage.plan.growth_requests
    points: list[tuple[float, float]] = []
    count = 0
    with fresh_gateway(stage) as server:
        mix = cycle(build_gateway_shot(found, server.port) for name in GROWTH_MIX if (found := find_case(name)))
        while count < WARM_REQUESTS + wanted:
            load = run_load(stage.children, next(mix), stage.plan.connections, 1)
            if load.failure_count:
                raise LoadError(f"{load.failure_count} requests failed after {count}")
            count += load.request_count
            if count >= WARM_REQUESTS:
                points.append((count / 100_000, read_memory(server.pid).resident_mb))
    note = f"{points[0][1]:.1f} MB after {points[0][0] * 100_000:.0f} requests, {points[-1][1]:.1f} MB after {count}"
    return Result(case.name, fit_slope(points), note=note)


MEASURES: dict[Kind, Callable[[Stage, Case], Result]] = {
    "requests": measure_pairs,
    "events": measure_pairs,
    "limits": measure_limits,
    "routing": measure_routing,
    "neighbour": measure_local_neighbour,
    "local-speed": measure_local_speed,
    "start": measure_start,
    "idle-memory": measure_idle_memory,
    "stream-memory": measure_stream_memory,
    "growth": measure_growth,
}


def measure(stage: Stage, case: Case) -> Result:
    """One case; what goes wrong becomes part of the report."""
    try:
        return MEASURES[case.kind](stage, case)
    except (LoadError, StartError, OSError) as error:
        return Result(case.name, failure=str(error))


@contextmanager
def open_stage(plan: Plan) -> Iterator[Stage]:
    """Start everything; end everything, whatever happens."""
    with keep_awake(), Children() as children:
        provider = start_provider(children)
        port = find_free_port()
        streams_command = [sys.executable, "-m", "bench.upstream", "--port", str(port)]
        streams = children.start_server("streams", streams_command, port, LOAD_CORE, {"PYTHONPATH": str(ROOT)})
        floor = start_floor(children, provider.port, streams.port)
        gateway = dragoman.start_gateway(children, provider.port, streams.port)
        os.sched_setaffinity(0, {select_core(LOAD_CORE)})  # what we do ourselves must not disturb the servers
        yield Stage(children, plan, provider, streams, floor, gateway)
