"""Fault C22: nothing that a request says is ever run. No template is filled in, nothing is evaluated, compiled or
imported, and no program is started, whatever the words, names and fields of a request are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.gateway import Gateway, running_gateway, write_providers
from tests.faults.watchman import Watchman
from tests.simulator import Simulator

SPELLS = (
    "{{7*7}} {{ cycler.__init__.__globals__.os.popen('id').read() }} {% import os %}",
    "${jndi:ldap://127.0.0.1/a} #{7*7} <%= 7*7 %> ${{7*7}}",
    "__import__('os').system('touch /tmp/owned')",
    "'; import os; os.system('id') #",
    "!!python/object/apply:os.system ['id']",
    "$(id) `id` | id ; id && id",
    "{0.__class__.__mro__} %(id)s {message.__globals__}",
    "../../../../etc/passwd\x00",
    "cos\nsystem\n(S'id'\ntR.",
)
FIELDS = (
    "template",
    "tools",
    "plugins",
    "mcp_servers",
    "callback",
    "api_base",
    "base_url",
    "custom_llm_provider",
    "metadata",
)
HEADERS = ("x-dragoman-plugin", "x-dragoman-config", "x-dragoman-strict", "traceparent", "x-forwarded-host")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Watchman]]:
    folder = tmp_path_factory.mktemp("gateway")
    watchman = Watchman(tmp_path_factory.mktemp("watchman"))
    with (
        Simulator() as simulator,
        running_gateway(folder, write_providers(simulator.url), watchman.environment) as gateway,
    ):
        for client in raw.PATHS:  # what is only needed at all, and made ready by the first who needs it
            for stream in (False, True):
                warm_up(gateway, client, stream=stream)
        yield gateway, watchman


def warm_up(gateway: Gateway, client: str, *, stream: bool) -> None:
    for provider in raw.PATHS:
        path, body = raw.address(client, f"{provider}/sim-large", stream=stream)
        assert raw.ask(gateway.url, path, body).status == 200
    raw.ask(gateway.url, raw.PATHS[client], b"{")


def curse(client: str, spell: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """The same spell as words, as a model, as a tool, in fields that nobody knows, and in headers."""
    for provider in raw.PATHS:
        path, body = raw.address(client, f"{provider}/sim-large", stream=False)
        words = body.replace(b"Hi.", json.dumps(spell).encode()[1:-1])
        yield path, words, {}
        fields = json.loads(words)
        yield path, json.dumps(fields | dict.fromkeys(FIELDS, spell)).encode(), {}
        yield path, json.dumps(fields | {"tools": [{"type": "function", "function": {"name": spell}}]}).encode(), {}
    if client != "gemini":
        yield raw.PATHS[client], raw.small_request(client, model=spell), {}
        yield raw.PATHS[client], raw.small_request(client, model=f"chat/{spell}"), {}
    plain = "".join(character for character in spell if character.isprintable())
    yield raw.PATHS[client], raw.small_request(client), dict.fromkeys(HEADERS, plain)


@pytest.mark.parametrize("client", raw.PATHS)
def test_no_spell_sets_anything_off(client: str, watched: tuple[Gateway, Watchman]) -> None:
    gateway, watchman = watched
    watchman.arm()
    statuses = [
        raw.ask(gateway.url, path, body, headers).status
        for spell in SPELLS
        for path, body, headers in curse(client, spell)
    ]
    assert watchman.disarm() == []
    assert set(statuses) <= {200, 400, 401, 404, 422}
    assert 200 in statuses
    assert not Path("/tmp/owned").exists()


def test_no_answer_has_a_spell_worked_out(watched: tuple[Gateway, Watchman]) -> None:
    gateway, _ = watched
    answered = raw.ask(gateway.url, raw.PATHS["chat"], raw.small_request("chat", model="chatt/{{7*7}}${7*7}"))
    assert answered.status == 404
    assert b"49" not in answered.body


def test_the_watchman_sees_what_he_should(tmp_path: Path) -> None:
    """He himself is shown each kind, or the tests above would prove nothing."""
    watchman = Watchman(tmp_path)
    watchman.arm()
    deeds = "eval('1'); import colorsys, subprocess; subprocess.run(['true']); import os; os.system('true')"
    subprocess.run([sys.executable, "-c", deeds], env=watchman.environment, check=True, timeout=20)
    seen = {line.split(" ")[0] for line in watchman.disarm()}
    assert {"compile", "exec", "import", "subprocess.Popen", "os.system"} <= seen
