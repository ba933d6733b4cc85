"""The example of a provider with accounts works as its page says: a puzzle, a log-in, renewals and conversations."""

from __future__ import annotations

import importlib.util
import json
import shutil
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import Gateway, running_gateway

FOLDER = Path(__file__).parents[2] / "examples" / "account_provider"


@pytest.fixture
def lantern() -> Iterator[Any]:
    """The example's server, on a port of its own."""
    specification = importlib.util.spec_from_file_location("lantern_server", FOLDER / "server.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    server = module.Lantern(0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gateway(lantern: Any, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with the example's configuration, and its plugin installed."""
    shutil.copy(FOLDER / "lantern.py", tmp_path)
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    information = tmp_path / "dragoman_lantern-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["dragoman.accounts"]
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (information / "entry_points.txt").write_text(f"[dragoman.accounts]\n{lines}")
    config = (FOLDER / "dragoman.yaml").read_text().replace(":8900", f":{lantern.server_port}")
    with running_gateway(tmp_path, config, {"PYTHONPATH": str(tmp_path)}) as running:
        yield running


def talk(gateway: Gateway, *said: str) -> str:
    """What the last of these turns of a user is answered with."""
    messages: list[dict[str, str]] = []
    for index, text in enumerate(said):
        messages += [{"role": "assistant", "content": "…"}] if index else []
        messages.append({"role": "user", "content": text})
    body = json.dumps({"model": "lantern/any", "messages": messages, "max_tokens": 9}).encode()
    answered = raw.ask(gateway.url, "/v1/messages", body)
    assert answered.status == 200, answered.body
    return str(answered.json["content"][0]["text"])


def test_an_account_is_used_like_any_other_key(gateway: Gateway, lantern: Any) -> None:
    assert talk(gateway, "Good morning.") == "This is turn 1."
    assert talk(gateway, "Good morning.", "And now?") == "This is turn 2."
    assert talk(gateway, "Somebody else.") == "This is turn 1."
    assert (lantern.log_ins, lantern.renewals) == (1, 0)
    lantern.tokens.clear()
    assert talk(gateway, "Good morning.", "And now?", "And then?") == "This is turn 3."
    assert (lantern.log_ins, lantern.renewals) == (1, 1)


def test_nobody_learns_the_password(gateway: Gateway) -> None:
    talk(gateway, "Good morning.")
    assert "opensesame" not in gateway.log
