"""Where the microseconds of a case go, stage by stage, without sockets: `python -m bench.stages [CASE …]`.

Each stage of a request's way is called over and over on the case's own bytes, best of several rounds. The last row is
the whole exchange between the server library and the transport; what a case costs beyond it is HTTP parsing, the event
loop and the kernel.
"""

from __future__ import annotations

import argparse
import sys
import timeit
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from typing import NamedTuple

from bench.cases import CASES, Case, find_case
from bench.gateway import ENVIRONMENT, build_config
from bench.instant import time_exchange
from bench.measure import build_gateway_shot
from bench.processes import Children
from bench.traffic import TRAFFIC, encode_json
from bench.upstream import PATTERNS, build_packets
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import SystemClock
from dragoman.config.schema import Settings
from dragoman.dialects.base import ClientSide, Envelope, ProviderSide, WireRequest
from dragoman.dialects.registry import DIALECTS
from dragoman.http.head import read_head
from dragoman.routing.attempts import Wish, plan_attempts
from dragoman.routing.target import Attempt, Face, Route
from dragoman.service.identity import Identity
from dragoman.service.relay import PassingRelay, Relay, TranslatingRelay
from dragoman.service.switchboard import Switchboard
from dragoman.upstream.call import build_call
from dragoman.upstream.framing import AnswerParser
from dragoman.upstream.request_head import HeadBuilder

ROUNDS = 5
ROUND_SECONDS = 0.1
EXCHANGES = 2000
PORT = 9  # nobody is called

Call = Callable[[], object]


class Timing(NamedTuple):
    """What one call of a stage costs."""

    stage: str
    microseconds: float


class Bundle(NamedTuple):
    """Everything that the stages of a case need."""

    case: Case
    body: bytes
    switchboard: Switchboard
    client: ClientSide
    side: ProviderSide
    envelope: Envelope
    route: Route
    attempt: Attempt
    face: Face

    @property
    def is_same(self) -> bool:
        return self.case.client == self.case.provider


def load_bench_settings() -> Settings:
    """The settings of the gateway that is measured."""
    with Children() as children:
        path = children.folder / "gateway.yaml"
        path.write_text(build_config(PORT, PORT))
        return read_settings(path, ENVIRONMENT)


def build_bundle(case: Case, settings: Settings) -> Bundle:
    """The case, ready to be taken apart."""
    switchboard = build_switchboard(settings)
    client, side = DIALECTS[case.client].client, DIALECTS[case.provider].provider
    assert client is not None
    assert side is not None
    shot = build_gateway_shot(case, PORT)
    path_model = _find_path_model(case)
    envelope = client.open_envelope(shot.body, path_model, case.is_stream if path_model else None)
    route = switchboard.resolver.resolve(envelope.model)
    attempt = _plan_first(switchboard, route)
    face = attempt.face_for(case.client)
    return Bundle(case, shot.body, switchboard, client, side, envelope, route, attempt, face)


def list_stages(bundle: Bundle) -> Iterator[tuple[str, Call]]:
    """The stages of the case in the order of a request's way."""
    case, board, attempt = bundle.case, bundle.switchboard, bundle.attempt
    shot = build_gateway_shot(case, PORT)
    headers = [(name.lower().encode(), value.encode()) for name, value in shot.headers.items()]
    headers += [(b"host", b"127.0.0.1:8642"), (b"content-length", b"300"), (b"content-type", b"application/json")]
    path_model = _find_path_model(case)
    yield "read_head", lambda: read_head(headers, b"")
    yield "open_envelope", lambda: bundle.client.open_envelope(bundle.body, path_model, None)
    yield "resolve", lambda: board.resolver.resolve(bundle.envelope.model)
    yield "plan_attempts", lambda: _plan_first(board, bundle.route)
    yield from _list_request_stages(bundle)
    wire = _build_wire(bundle)
    yield "build_call", lambda: build_call(attempt, bundle.face, wire, ())
    outgoing = build_call(attempt, bundle.face, wire, ())
    yield "build head", lambda: HeadBuilder(bundle.face.origin, None).build(outgoing)
    yield from _list_stream_stages(bundle) if case.is_stream else _list_answer_stages(bundle)


def _list_request_stages(bundle: Bundle) -> Iterator[tuple[str, Call]]:
    target = bundle.attempt.target
    if bundle.is_same:
        yield "patch_request", lambda: bundle.side.patch_request(bundle.envelope, target.model, target.profile)
        return
    request = bundle.client.parse_request(bundle.envelope)
    yield "parse_request", lambda: bundle.client.parse_request(bundle.envelope)
    yield "emit_request", lambda: bundle.side.emit_request(request.for_model(target.model), target.profile, [])


def _list_answer_stages(bundle: Bundle) -> Iterator[tuple[str, Call]]:
    body = encode_json(TRAFFIC[bundle.case.provider].answer)
    yield "parse answer's bytes", lambda: _parse_whole(build_answer_bytes(body))
    if bundle.is_same:
        yield "read_glance", lambda: bundle.side.read_glance(body)
        return
    request = bundle.client.parse_request(bundle.envelope)
    response = bundle.side.parse_response(body)
    yield "parse_response", lambda: bundle.side.parse_response(body)
    yield "emit_response", lambda: bundle.client.emit_response(response, request, [])


def _list_stream_stages(bundle: Bundle) -> Iterator[tuple[str, Call]]:
    chunks = list_chunks(bundle.case)
    deltas = cycle(TRAFFIC[bundle.case.provider].stream.deltas)
    delta = b"".join(islice(deltas, PATTERNS[bundle.case.pattern].events_per_packet))
    yield "open the relay", lambda: open_relay(bundle)
    started = open_relay(bundle)
    for chunk in chunks[:3]:
        started.feed(chunk)
    yield "relay.feed, one packet", lambda: started.feed(delta)
    if not bundle.is_same:
        parser = bundle.side.open_parser()
        for chunk in chunks[:3]:
            parser.feed(chunk)
        yield "of it parser.feed", lambda: parser.feed(delta)
    yield "relay, the whole stream", lambda: _play(open_relay(bundle), chunks)


# -- pieces ----------------------------------------------------------------------------------------------------------


def _plan_first(board: Switchboard, route: Route) -> Attempt:
    plan = plan_attempts(route, board.pools, Wish(), SystemClock.monotonic, lambda: 0.5)
    first = next(plan)
    assert isinstance(first, Attempt)
    next(plan, None)
    return first


def _find_path_model(case: Case) -> str | None:
    """What the URL says of the model, in the dialect that puts it there."""
    is_in_path = "{model}" in TRAFFIC[case.client].answer_path
    return f"{case.provider}/{TRAFFIC[case.provider].model}" if is_in_path else None


def _build_wire(bundle: Bundle) -> WireRequest:
    target = bundle.attempt.target
    if bundle.is_same:
        return bundle.side.patch_request(bundle.envelope, target.model, target.profile)
    request = bundle.client.parse_request(bundle.envelope)
    return bundle.side.emit_request(request.for_model(target.model), target.profile, [])


def build_answer_bytes(body: bytes) -> bytes:
    """A provider's answer with its head."""
    return (
        b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        + body
    )


def _parse_whole(data: bytes) -> None:
    parser = AnswerParser()
    parser.expect(b"POST")
    parser.feed(data)


def list_chunks(case: Case) -> list[bytes]:
    """The stream's packets without their HTTP framing."""
    chunks = []
    for packet in build_packets(case.pattern, case.provider):
        head, _, rest = packet.data.partition(b"\r\n")
        chunks.append(rest[: int(head, 16)])
    return chunks


def open_relay(bundle: Bundle) -> Relay:
    """What stands between the provider's stream and the client's."""
    if bundle.is_same:
        return PassingRelay(bundle.side.open_listener(bundle.envelope, bundle.attempt.target.profile), bundle.client)
    emitter = bundle.client.open_emitter(bundle.client.parse_request(bundle.envelope), [])
    return TranslatingRelay(bundle.side.open_parser(), emitter, Identity("ex_0", bundle.attempt.target.model, 0))


def _play(relay: Relay, chunks: Sequence[bytes]) -> None:
    for chunk in chunks:
        relay.feed(chunk)
    relay.finish()


def time_stage(call: Call) -> float:
    """Seconds for one call: the best of some rounds."""
    timer = timeit.Timer(call)
    count, seconds = timer.autorange()
    count = max(1, round(count * ROUND_SECONDS / seconds))
    return min(timer.repeat(ROUNDS, count)) / count


def time_case(case: Case, settings: Settings) -> list[Timing]:
    """All stages of a case, and the whole exchange."""
    timings = [Timing(name, time_stage(call) * 1e6) for name, call in list_stages(build_bundle(case, settings))]
    chunks = list_chunks(case) if case.is_stream else []
    count = EXCHANGES // (20 if case.is_stream or case.is_large else 1)
    whole = min(time_exchange(case, settings, chunks, count) for _ in range(ROUNDS))
    return [*timings, Timing("the whole exchange", whole * 1e6)]


def main(arguments: Sequence[str] | None = None) -> int:
    names = [case.name for case in CASES if case.kind in {"requests", "events"}]
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"one of {', '.join(names)}; all if left out")
    settings = load_bench_settings()
    for name in parser.parse_args(arguments).cases or names:
        case = find_case(name)
        if case is None or name not in names:
            parser.error(f"there is no case {name!r} with stages")
        print(f"\n{case.title}")
        for timing in time_case(case, settings):
            print(f"  {timing.stage:24} {timing.microseconds:9.2f} µs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
