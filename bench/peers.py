"""`make bench-peers`: other gateways, nginx and this one, on the same machine in the same run.

    python -m bench.peers               install what is missing, measure all, write the peers' part of the page
    python -m bench.peers --only NAME   only that peer (may be repeated); writes nothing
    python -m bench.peers --no-install  measure what is there

Everything runs in a network of its own that has only loopback. Whoever cannot be installed or started is listed with
the reason. Exit code 3: a program that is needed is missing.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.chart import Bar, draw_bars
from bench.conditions import Conditions, read_conditions, read_tool_version
from bench.contest import PLAN, Contender, Standing, build_floor, build_ours, build_peer, measure_contender
from bench.measure import open_stage
from bench.namespace import can_enter, enter, raise_loopback
from bench.peer_install import InstallError, find_home, install, read_version
from bench.peer_table import PEERS, Peer
from bench.processes import ROOT, MissingToolError, StartError, find_program, orderly_end
from bench.report import build_conditions, build_table
from bench.run import MISSING, write_pages, write_picture

PICTURE = ROOT / "docs" / "images" / "peers.svg"


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="NAME", choices=[peer.name for peer in PEERS])
    parser.add_argument("--no-install", action="store_true", help="measure what is installed already")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # we are in the private network
    parser.add_argument("--shared", action="store_true", help=argparse.SUPPRESS)  # there is no private network
    return parser.parse_args(arguments)


def select_peers(names: Sequence[str] | None) -> list[Peer]:
    return [peer for peer in PEERS if not names or peer.name in names]


def install_all(peers: Sequence[Peer]) -> None:
    """Everything that is missing; who cannot be installed is told again in the report."""
    for peer in peers:
        if not find_home(peer).exists():
            print(f"installing {peer.name}", flush=True)
        try:
            install(peer)
        except InstallError as error:
            print(f"{peer.name} {error}", file=sys.stderr)


def list_contenders(peers: Sequence[Peer], *, is_shared: bool) -> tuple[list[Contender], list[Standing]]:
    """Who can run, and why the others cannot."""
    contenders, absent = [], []
    for peer in peers:
        if not find_home(peer).exists():
            absent.append(Standing(peer.name, peer.language, failure="is not installed"))
        elif is_shared and peer.is_on_every_interface:
            reason = "listens on every interface, and this machine allows no private network"
            absent.append(Standing(peer.name, peer.language, failure=reason))
        else:
            contenders.append(build_peer(peer, find_home(peer), read_version(peer)))
    return contenders, absent


def measure_all(contenders: Sequence[Contender]) -> list[Standing]:
    """One after the other, each shown as soon as it is done; nginx and ourselves first."""
    floor = build_floor(read_tool_version([find_program("nginx"), "-v"]))
    standings = []
    with open_stage(PLAN) as stage:
        for contender in (floor, build_ours(version("dragoman")), *contenders):
            standings.append(measure_contender(stage, contender))
            print(show_line(standings[-1]), flush=True)
    return standings


# -- the page --------------------------------------------------------------------------------------------------------


def build_row(standing: Standing) -> list[str]:
    """One row of the table; a dash where there is no figure."""
    answers, events = standing.answers, standing.events
    return [
        standing.name,
        standing.language,
        standing.version or "–",
        show(standing.start_seconds, "{:.2f} s"),
        show(standing.idle_mb, "{:.0f} MB"),
        show(answers and answers.cost, "**{:,.0f}**"),
        show(standing.answers_ratio, "{:.1f}"),
        show(answers and answers.requests_per_second, "{:,.0f}"),
        show(answers and answers.p50_seconds * 1000, "{:.1f} ms"),
        show(answers and answers.p99_seconds * 1000, "{:.1f} ms"),
        show(events and events.cost, "{:,.1f}"),
        show(standing.events_ratio, "{:.1f}"),
        show(events and standing.stream_count, "{}"),
    ]


def show_line(standing: Standing) -> str:
    """The same row for the terminal, with the reason for its dashes."""
    cells = [cell.strip("*") for cell in build_row(standing)]
    return "  ".join([f"{cells[0]:18}", *cells[1:], standing.failure or standing.stream_failure])


def show(value: float | None, template: str) -> str:
    return "–" if value is None else template.format(value).replace(",", " ")


def build_section(standings: Sequence[Standing], conditions: Conditions) -> str:
    """The peers' part of the page: conditions, table, and why there are dashes."""
    header = "gateway|in|version|start|idle|µs per request|× nginx|requests/s|p50|p99|µs per event|× nginx|streams"
    rows = [build_row(standing) for standing in standings]
    reasons = [f"- {one.name}: {one.failure}" for one in standings if one.failure]
    reasons += [f"- {one.name}, streams: {one.stream_failure}" for one in standings if one.stream_failure]
    parts = [build_conditions(conditions), build_table(header.split("|"), rows), "\n".join(reasons)]
    return "\n\n".join(filter(None, parts))


def build_summary(standings: Sequence[Standing]) -> str:
    """The short form for the README."""
    header = "gateway|in|version|µs per request|× nginx|µs per event|idle"
    rows = []
    for standing in standings:
        name, language, number, _, idle, cost, ratio, _, _, _, event_cost, _, _ = build_row(standing)
        rows.append([name, language, number, cost, ratio, event_cost, idle])
    return build_table(header.split("|"), rows)


def draw_peers(standings: Sequence[Standing]) -> str:
    """What one request costs each of them."""
    bars = [
        Bar(
            f"{one.name} ({one.language})",
            one.answers.cost,
            show(one.answers.cost, "{:,.0f} µs"),
            "own" if one.name == "Dragoman" else "other",
        )
        for one in standings
        if one.answers
    ]
    note = "CPU time of the server process for one chat request, same machine, same run. The scale is logarithmic."
    return draw_bars("What a request costs", note, bars, is_logarithmic=True)


# -- running ---------------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> None:
    """The measurement, in the private network or without one."""
    contenders, absent = list_contenders(select_peers(options.only), is_shared=options.shared)
    standings = [*measure_all(contenders), *absent]
    conditions = read_conditions(PLAN, "make bench-peers")
    if options.json:
        document = {"conditions": conditions, "standings": standings}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(document)))
    if not options.only:
        write_pages("peers", build_section(standings, conditions), build_summary(standings))
        write_picture(PICTURE, draw_peers(standings))


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parse_arguments(given)
    try:
        if not options.inside and not options.shared:
            if not options.no_install:
                install_all(select_peers(options.only))
            again = [sys.executable, "-m", "bench.peers", *given]
            if can_enter():
                enter([*again, "--inside"])
            print(f"no private network here; going on with: {shlex.join([*again, '--shared'])}")
            options.shared = True
        if options.inside:
            raise_loopback()
        with orderly_end():
            run(options)
    except MissingToolError as error:
        print(error, file=sys.stderr)
        return MISSING
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
