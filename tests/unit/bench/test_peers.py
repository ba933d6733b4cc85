"""The other gateways: how they are started, how they are judged, and how they stand on the page."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from bench import namespace
from bench.contest import Standing, build_floor, build_ours, can_carry, find_port, is_keeping_up, shorten
from bench.measure import Plan, Stage
from bench.peer_install import InstallError, build_manifest, find_home, install, read_version
from bench.peer_table import PEERS, Peer, Place
from bench.peers import (
    build_row,
    build_section,
    build_summary,
    draw_peers,
    list_contenders,
    main,
    parse_arguments,
    show_line,
)
from bench.processes import Children, Server
from bench.results import Sample
from bench.wrk import LoadError, Shot

FLOOR = Standing(
    "nginx", "C", "1.22.1", None, 15.0, Sample(16.0, 0.3, 25_000, 0.0005, 0.009), 1.0, Sample(10.0, 0.1), 1.0, 64
)
OURS = Standing(
    "Dragoman", "Python", "0.1.0", 0.4, 36.0, Sample(64.0, 1.0, 12_000, 0.002, 0.004), 4.0, Sample(20.0, 0.3), 2.0, 64
)
SLOW = Standing(
    "Slow", "Python", "9", 8.5, 330.0, Sample(14_400.0, 1.0, 49, 0.6, 1.2), 900.0, stream_failure="too much"
)
ABSENT = Standing("Absent", "Node", failure="is not installed")
every_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)


@every_peer
def test_a_peer_is_told_where_the_provider_is_and_where_to_listen(peer: Peer, tmp_path: Path) -> None:
    base_url = "http://127.0.0.1:9100/v1"
    launch = peer.prepare(Place(tmp_path / "home", tmp_path, 8123, base_url))
    told = " ".join([*launch.command, *launch.environment.values(), *peer.headers(base_url).values()])
    told += "".join(path.read_text() for path in tmp_path.iterdir())
    assert base_url in told
    assert ("8123" in told) != peer.picks_port


@every_peer
def test_a_peer_has_a_folder_of_its_own(peer: Peer, tmp_path: Path) -> None:
    homes = [find_home(other, tmp_path) for other in PEERS]
    assert homes.count(find_home(peer, tmp_path)) == 1


def test_versions_are_read_where_installers_leave_them(tmp_path: Path) -> None:
    by_name = {peer.name: peer for peer in PEERS}
    (find_home(by_name["LiteLLM"], tmp_path) / "lib/python3.11/site-packages/litellm-1.2.3.dist-info").mkdir(
        parents=True
    )
    package = find_home(by_name["Portkey"], tmp_path) / "node_modules/@portkey-ai/gateway/package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"version": "4.5.6"}))
    assert read_version(by_name["LiteLLM"], tmp_path) == "1.2.3"
    assert read_version(by_name["Portkey"], tmp_path) == "4.5.6"
    assert read_version(by_name["Ferro"], tmp_path) == "?"


def test_what_a_peer_of_node_stands_on_is_pinned_however_deep() -> None:
    peer = next(peer for peer in PEERS if peer.kind == "node")
    manifest = build_manifest(peer)
    assert manifest["overrides"] == peer.pinned
    assert manifest["dependencies"] == {"@portkey-ai/gateway": "1.15.2", **peer.pinned}


def test_what_could_not_be_installed_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    peer = next(peer for peer in PEERS if peer.kind == "node")
    with pytest.raises(InstallError, match="node and npm are missing"):
        install(peer, tmp_path)
    assert not find_home(peer, tmp_path).exists()


def test_a_port_is_read_once_it_has_been_printed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("starting\n")
    assert find_port(log) is None
    log.write_text("starting\nlistening on 41234\n")
    assert find_port(log) == 41234


@pytest.mark.parametrize(
    ("load", "events_per_second", "keeps_up"), [(0.3, 15_000.0, True), (0.9, 15_000.0, False), (0.3, 2_300.0, False)]
)
def test_whoever_is_full_or_lets_streams_wait_does_not_keep_up(
    load: float, events_per_second: float, keeps_up: bool
) -> None:
    assert is_keeping_up(Sample(20.0, load, events_per_second=events_per_second), 64) == keeps_up


def test_whoever_fails_so_many_streams_cannot_carry_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Sample:
        raise LoadError("64 streams failed")

    shot = Shot(1, "/", b"", {})
    with Children() as children:
        server = Server("x", 1, 1)
        stage = Stage(children, Plan(), server, server, server, server)
        monkeypatch.setattr("bench.contest.sample_events", fail)
        assert not can_carry(stage, stage.gateway, shot)
        monkeypatch.setattr("bench.contest.sample_events", lambda *_: Sample(20.0, 0.3, events_per_second=15_000.0))
        assert can_carry(stage, stage.gateway, shot)


def test_a_row_has_the_figures_and_their_ratios_to_nginx() -> None:
    cells = build_row(OURS)
    assert cells[:5] == ["Dragoman", "Python", "0.1.0", "0.40 s", "36 MB"]
    assert cells[5:] == ["**64**", "4.0", "12 000", "2.0 ms", "4.0 ms", "20.0", "2.0", "64"]


def test_who_has_no_figure_has_dashes_and_a_reason() -> None:
    section = build_section([FLOOR, OURS, SLOW, ABSENT], {"date": "2026-11-21"})
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert "| Absent | Node | – | – | – | – | – | – | – | – | – | – | – |" in rows
    assert "- Absent: is not installed" in section
    assert "- Slow, streams: too much" in section
    assert show_line(ABSENT).endswith("is not installed")


def test_the_readme_has_a_few_columns_of_the_same_rows() -> None:
    assert build_summary([FLOOR, OURS, ABSENT]).splitlines()[2:] == [
        "| nginx | C | 1.22.1 | **16** | 1.0 | 10.0 | 15 MB |",
        "| Dragoman | Python | 0.1.0 | **64** | 4.0 | 20.0 | 36 MB |",
        "| Absent | Node | – | – | – | – | – |",
    ]


def test_the_picture_has_everybody_who_has_a_figure() -> None:
    picture = draw_peers([FLOOR, OURS, SLOW, ABSENT])
    assert "14 400 µs" in picture
    assert "Absent" not in picture
    assert picture.count('class="own"') == 1


def test_who_listens_on_every_interface_runs_only_in_a_private_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.peers.find_home", lambda peer: Path("/"))
    monkeypatch.setattr("bench.peers.read_version", lambda peer: "1")
    exposed = {peer.name for peer in PEERS if peer.is_on_every_interface}
    assert {contender.name for contender in list_contenders(PEERS, is_shared=False)[0]} == {peer.name for peer in PEERS}
    contenders, absent = list_contenders(PEERS, is_shared=True)
    assert {contender.name for contender in contenders} == {peer.name for peer in PEERS} - exposed
    assert {standing.name for standing in absent} == exposed


def test_a_long_story_becomes_one_line() -> None:
    assert shorten("a\n  b") == "a b"
    assert len(shorten("word " * 500)) < 200
    assert shorten("first " + "word " * 500 + "last").endswith("last")


def test_nginx_is_not_ours_to_stop_and_we_are() -> None:
    assert not build_floor("1").is_ours_to_stop
    assert build_ours("1").is_ours_to_stop


def test_a_private_network_needs_a_user_of_its_own_unless_we_are_root() -> None:
    assert namespace.build_prefix(is_root=True) == ["unshare", "-n", "--"]
    assert namespace.build_prefix(is_root=False) == ["unshare", "-r", "-n", "--"]


def test_loopback_is_brought_up_without_losing_its_other_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bytes]] = []

    def answer(_socket: object, request: int, argument: bytes) -> bytes:
        asked.append((request, argument))
        return struct.pack("16sH14x", b"lo", 0x8 | 0x40)

    monkeypatch.setattr("fcntl.ioctl", answer)
    namespace.raise_loopback()
    assert [request for request, _ in asked] == [0x8913, 0x8914]
    assert struct.unpack("16sH14x", asked[1][1])[1] == 0x8 | 0x40 | 0x1


def test_an_unknown_peer_is_refused() -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--only", "Nobody"])


def test_a_missing_program_ends_with_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.processes.shutil.which", lambda *arguments, **options: None)
    assert main(["--shared", "--only", "Ferro"]) == 3
    assert "nginx is missing" in capsys.readouterr().err
