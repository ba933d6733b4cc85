"""Secrets in every carrier, through every fault, at the loudest level: they are read nowhere afterwards.

Sinks are the log, everything that lies in the data folder (bodies unpacked), every answer, `/metrics`, what a collector
is told, and the printed configuration. A piece of eight characters of a secret counts as the secret.
"""

from __future__ import annotations

import base64
import json
import random
import string
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from dragoman.http.admin.tables import list_routes
from dragoman.ledger.bodies import FILE_NAME, BodyStore
from tests.collector import running_collector
from tests.e2e import raw
from tests.e2e.gateway import House, running_gateway, wait_until
from tests.faults.outages import DIALECTS, OUTAGES, TEXT, Cell, build_request, list_cells, open_dead_ends, write_matrix
from tests.simulator import Fault, Simulator

PIECE = 8
EACH = 7
AT_ONCE = 16
ECHO = '{{"error": {{"message": "Incorrect API key provided: {0}. See {0}", "type": "x", "code": "invalid_api_key"}}}}'
NAMES = ("bad", "good", "ann", "bob", "collector", "header")


def make_secrets(chance: random.Random) -> dict[str, str]:
    """Long ones, with nothing in common with each other or with any word."""
    return {name: "".join(chance.choices(string.ascii_letters, k=40)) for name in NAMES}


SECRETS = make_secrets(random.Random(20261121))
PIECES = {
    secret[start : start + PIECE]: name for name, secret in SECRETS.items() for start in range(len(secret) - PIECE + 1)
}


def find_pieces(text: bytes) -> set[str]:
    """Whose secrets can be read in a text, as they are or in base64."""
    wide = text.decode("latin-1")
    found = {name for piece, name in PIECES.items() if piece in wide}
    encoded = {name for name, secret in SECRETS.items() if base64.b64encode(secret.encode())[:16] in text}
    return found | encoded


def write_config(url: str, dead_ends: dict[str, str], collector: str) -> str:
    """The matrix of outages with our secrets for its keys, and every other place that takes one."""
    settings = json.loads(write_matrix(url, dead_ends, SECRETS["bad"], SECRETS["good"]))
    for provider in settings["providers"].values():
        provider["headers"] = {"x-team-token": SECRETS["header"]}
    keys = [{"name": name, "secret": SECRETS[name]} for name in ("ann", "bob")]
    return json.dumps(
        {
            **settings,
            "auth": {"keys": keys},
            "bodies": {"keys": ["*"]},
            "responses": {"keep": True},
            "logging": {"level": "debug", "format": "json"},
            "otel": {"endpoint": collector, "headers": {"x-token": SECRETS["collector"]}, "interval_seconds": 0.2},
        }
    )


def list_carriers(key: str, path: str) -> list[tuple[str, dict[str, str]]]:
    """One request for each way in which a key can be shown."""
    joiner = "&" if "?" in path else "?"
    headers = [{"authorization": f"Bearer {key}"}, {"x-api-key": key}, {"x-goog-api-key": key}, {"api-key": key}]
    return [*[(path, header) for header in headers], (f"{path}{joiner}key={key}", {})]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Path, list[bytes]]]:
    folder = tmp_path_factory.mktemp("canary")
    seen: list[bytes] = []
    with open_dead_ends() as dead_ends, Simulator() as simulator, running_collector() as collected:
        config = write_config(simulator.url, dead_ends, collected.url)
        with running_gateway(folder, config) as gateway:
            yield House(gateway, simulator), folder, seen
            collected.wait_for_spans(1)
        seen += [span.SerializeToString() for span in collected.spans]
        seen += [point.SerializeToString() for points in collected.points.values() for point in points]
    check_sinks(folder, seen)


def check_sinks(folder: Path, seen: list[bytes]) -> None:
    """Nothing that was written or said anywhere holds a secret. The configuration itself is the operator's."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "dragoman.yaml"]
    assert {path.name: find_pieces(path.read_bytes()) for path in files if find_pieces(path.read_bytes())} == {}
    assert {"gateway.log", "ledger.sqlite", "bodies.sqlite"} <= {path.name for path in files}
    assert [text[:300] for text in seen if find_pieces(text)] == []


def test_no_fault_brings_a_secret_to_light(house: tuple[House, Path, list[bytes]]) -> None:
    (gateway, simulator), _, seen = house[0], house[1], house[2]
    simulator.set_default(TEXT)
    cells = list_cells()[::EACH]
    for cell in cells:
        fault = OUTAGES[cell.outage].fault
        if fault is not None:
            if fault.status in {401, 403}:
                fault = msgspec.structs.replace(fault, body=ECHO.format(SECRETS["bad"]))
            simulator.script(TEXT, fault=fault, key=SECRETS["bad"], model=cell.upstream_model, times=None)

    def ask(numbered: tuple[int, Cell]) -> raw.Answered:
        number, cell = numbered
        path, body = build_request(cell)
        carriers = list_carriers(SECRETS["ann" if number % 2 else "bob"], path)
        path, headers = carriers[number % len(carriers)]
        return raw.ask(gateway.url, path, body, headers=headers)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(ask, enumerate(cells)))
    assert sum(answered.status == 200 for answered in answers) > len(cells) // 3
    seen += [answered.body + repr(answered.headers).encode() for answered in answers]


def test_keys_that_are_wrong_are_not_repeated_either(house: tuple[House, Path, list[bytes]]) -> None:
    (gateway, _), _, seen = house
    wrong = SECRETS["ann"][:-1] + "_"
    for dialect in DIALECTS:
        path = raw.PATHS.get(dialect, "/v1beta/models/x/y:generateContent")
        for target, headers in list_carriers(wrong, path):
            answered = raw.ask(gateway.url, target, raw.small_request(dialect), headers=headers)
            assert answered.status == 401
            seen.append(answered.body)


def test_pages_and_commands_show_no_secret(house: tuple[House, Path, list[bytes]]) -> None:
    (gateway, _), folder, seen = house
    headers = {"authorization": f"Bearer {SECRETS['ann']}"}
    for path in ("/metrics", "/v1/models", "/healthz", "/readyz"):
        answered = raw.ask(gateway.url, path, None, headers=headers, method="GET")
        assert answered.status == 200
        seen.append(answered.body)
    for route in list_routes():
        if route.method == "GET" and "{" not in route.path and route.path != "/live":
            seen.append(raw.ask(gateway.url, f"/admin/api{route.path}", None, headers, "GET").body)
    assert any(b"chat-well" in text for text in seen)  # the configuration is among them
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    for arguments in (["check"], ["models"], ["explain", "-m", "chat-well/m"], ["usage", "--by", "key"]):
        command = [dragoman, *arguments, "--config", str(folder / "dragoman.yaml")]
        environment = {"DRAGOMAN_DATA": str(folder), "PATH": "", "HOME": str(folder)}
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        seen += [done.stdout, done.stderr]


def test_what_is_kept_word_for_word_holds_no_secret(house: tuple[House, Path, list[bytes]]) -> None:
    """A provider that repeats a refused key is the one place where a secret comes in with what was said."""
    (gateway, simulator), folder, seen = house
    body = ECHO.format(SECRETS["good"])
    simulator.script(TEXT, fault=Fault(status=401, body=body), key=SECRETS["good"], model="m-echo", times=None)
    headers = {"authorization": f"Bearer {SECRETS['ann']}"}
    request = raw.small_request("anthropic", model="chat-well/m-echo")
    answered = raw.ask(gateway.url, raw.PATHS["anthropic"], request, headers=headers)
    store = BodyStore(folder / "ledger" / FILE_NAME)
    exchange_id = answered.headers["x-dragoman-exchange"]
    assert wait_until(lambda: store.read(exchange_id) is not None)
    kept = store.read(exchange_id)
    store.close()
    assert kept is not None
    assert b"Incorrect API key provided: ****" in kept.provider_answer
    seen += [kept.client_request, kept.provider_request, kept.provider_answer, kept.client_answer, answered.body]
