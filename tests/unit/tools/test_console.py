"""The console is built when its source has changed, and a machine without Node can still run the gateway."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import console
from tools.node import ROOT, NoNodeError, bring_node, find_own, is_new_enough, node_below, run_install


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("v18.20.0", False),
        ("", False),
        ("node: not found", False),
    ],
)
def test_only_a_node_that_can_build_it_is_taken(version: str, expected: bool) -> None:
    assert is_new_enough(version) is expected


def test_a_machine_without_node_on_its_path_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_own() is None


def test_what_npm_starts_finds_the_same_node_first(tmp_path: Path) -> None:
    node = node_below(tmp_path)
    assert node.environment["PATH"].startswith(str(tmp_path / "bin"))
    assert node.npm[0] == str(tmp_path / "bin" / "node")


def test_an_installer_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(NoNodeError, match="no such registry"):
        run_install([sys.executable, "-c", "raise SystemExit('no such registry')"], tmp_path)


def test_where_nothing_can_bring_node_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tools.node.BROUGHT", tmp_path / "node")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(NoNodeError, match="uv"):
        bring_node()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """A console of one file, and a list of what was run to build it."""
    ran: list[tuple[str, ...]] = []
    source, built = tmp_path / "console", tmp_path / "built"
    (source / "node_modules").mkdir(parents=True)
    (source / "main.ts").write_text("1")
    built.mkdir()

    def build_it(node: object, command: tuple[str, ...]) -> str:
        ran.append(command)
        (built / "index.html").write_text("<!doctype html>")
        return ""

    monkeypatch.setattr(console, "CONSOLE", source)
    monkeypatch.setattr(console, "BUILT", built)
    monkeypatch.setattr(console, "STAMP", tmp_path / "build" / "stamp")
    monkeypatch.setattr(console, "hash_source", lambda: console_hash(source))
    monkeypatch.setattr(console, "install_packages", lambda: node_below(tmp_path))
    monkeypatch.setattr(console, "run_node", build_it)
    return ran


def console_hash(folder: Path) -> str:
    return "".join(sorted(path.read_text() for path in console.list_source(folder)))


def test_it_is_built_once_and_again_when_its_source_has_changed(bench: list[tuple[str, ...]], tmp_path: Path) -> None:
    assert [console.main(["build"]) for _ in range(3)] == [0, 0, 0]
    assert len(bench) == 1
    (tmp_path / "console" / "main.ts").write_text("2")
    console.main(["build"])
    assert len(bench) == 2
    (tmp_path / "built" / "index.html").unlink()
    console.main(["build"])
    assert len(bench) == 3


def test_without_node_the_gateway_can_be_run_and_a_wheel_cannot_be_built(
    bench: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> object:
        raise NoNodeError("the registry is far away")

    monkeypatch.setattr(console, "install_packages", fail)
    assert console.main(["build"]) == 0
    assert "the registry is far away" in capsys.readouterr().out
    assert console.main(["build", "--strict"]) == 1
    assert console.main(["check"]) == 0
    assert "not checked" in capsys.readouterr().out


def test_a_check_that_fails_is_told_and_the_others_are_run_too(
    bench: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[tuple[str, ...]] = []

    def judge(node: object, command: tuple[str, ...]) -> str:
        ran.append(command)
        return "1 problem" if "eslint" in command[0] else ""

    monkeypatch.setattr(console, "run_node", judge)
    assert console.main(["check"]) == 1
    assert "eslint failed\n1 problem" in capsys.readouterr().out
    assert len(ran) == len(console.CHECKS)


def test_the_hash_is_of_names_and_contents_but_not_of_packages(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("1")
    first = console.hash_source(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("1")
    assert console.hash_source(tmp_path) == first
    (tmp_path / "src" / "a.ts").rename(tmp_path / "src" / "b.ts")
    assert console.hash_source(tmp_path) != first


def test_a_word_that_is_none_prints_how_it_is_used() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.console", "bake"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "build|check|types" in ended.stdout
