"""The start: what a gateway without anything says, and what it refuses to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.clients import openai_chat
from tests.e2e.gateway import CANARY, running_gateway, running_house
from tests.e2e.stories import Ask
from tests.ports import find_free_port
from tests.simulator import Simulator

RUN_SECONDS = 20
NOBODY = "local: {enabled: false}\n"
"""Or a small model is fetched to stand in."""


def run_dragoman(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that is expected to end by itself."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [str(Path(sys.executable).with_name("dragoman")), *arguments],
        env=plain | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def test_without_a_provider_it_starts_and_says_how_to_add_one(tmp_path: Path) -> None:
    with running_gateway(tmp_path, NOBODY) as gateway:
        assert "export OPENAI_API_KEY=" in gateway.log
        assert gateway.status_of("/healthz") == 200
        assert gateway.status_of("/v1/models") == 200


def test_a_key_in_the_environment_is_all_that_is_needed(tmp_path: Path) -> None:
    with Simulator() as simulator:
        environment = {"OPENAI_API_KEY": f"{CANARY}-env", "OPENAI_BASE_URL": f"{simulator.url}/v1"}
        with running_gateway(tmp_path, "", environment) as gateway:
            simulator.script("Hello.")
            heard = openai_chat.ask_plain(gateway.url, Ask(), "openai/gpt-5-mini")
        assert (heard.text, simulator.journal[0].key) == ("Hello.", f"{CANARY}-env")
        assert CANARY not in gateway.log


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_refuses_to_listen_to_everybody_without_a_key(host: str, tmp_path: Path) -> None:
    run = run_dragoman(tmp_path, "serve", "--port", str(find_free_port()), "--host", host)
    assert run.returncode == 2
    assert "auth.keys" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("key", ["short", "changeme", ""])
def test_it_refuses_a_key_that_is_no_secret(key: str, tmp_path: Path) -> None:
    run = run_dragoman(tmp_path, "serve", "--port", "0", "--host", "0.0.0.0", DRAGOMAN_API_KEY=key)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "dragoman.yaml").write_text(NOBODY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = run_dragoman(tmp_path, "serve", "--port", port)
    assert run.returncode == 2
    assert run.stderr.startswith(f"error: Port {port} of 127.0.0.1 is in use")
    assert "--port" in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [("servr: {}", "server"), ("server: {port: many}", "port"), ("routes: {x: nobody/m}", "nobody"), ("a: [", "YAML")],
)
def test_a_bad_file_is_refused_with_its_place(text: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "dragoman.yaml").write_text(text)
    for command, code in {"serve": 2, "check": 1}.items():
        run = run_dragoman(tmp_path, command, "--config", "dragoman.yaml")
        assert run.returncode == code
        assert hint in run.stderr
        assert "Traceback" not in run.stderr


def test_it_is_up_soon(tmp_path: Path) -> None:
    """No measurement: only that nothing at the start waits for a network or a timeout."""
    with running_house(tmp_path) as house:
        assert house.gateway.status_of("/readyz") == 200
