"""The real gateway as a child process, in front of simulated providers."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.ports import find_free_port
from tests.simulator import Simulator

START_SECONDS = 60.0
STOP_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
"""How long a test waits for what should be so at once: nothing is slower for it but a failure, and an overloaded machine
is no failure."""

CANARY = "canary-3f9b2c7e51d84a60"
"""Every provider key of these tests holds it, so that a leak is easy to see."""

BUG_WORDS = ("Traceback", "inside the gateway", "never retrieved", "was never awaited", "without completing response")

PROVIDERS = """
discover_providers: false
server:
  drain_seconds: {drain_seconds}
  heartbeat_seconds: {heartbeat_seconds}
  head_timeout_seconds: {slow_sender_seconds}
  body_timeout_seconds: {slow_sender_seconds}
  slow_reader_seconds: {slow_reader_seconds}
timeouts:
  first_byte_seconds: {first_byte_seconds}
  idle_seconds: {idle_seconds}
  progress_seconds: {progress_seconds}
providers:
  chat: {{dialect: openai_chat, base_url: "{url}/v1", api_key: "{canary}-chat"}}
  responses: {{dialect: openai_responses, base_url: "{url}/v1", api_key: "{canary}-responses"}}
  anthropic: {{dialect: anthropic_messages, base_url: "{url}", api_key: "{canary}-anthropic"}}
  bedrock: {{dialect: bedrock_converse, base_url: "{url}", api_key: "{canary}-bedrock"}}
  gemini: {{dialect: gemini_generate, base_url: "{url}/v1beta", api_key: "{canary}-gemini"}}
"""


def write_providers(
    url: str,
    *,
    drain_seconds: float = 5.0,
    heartbeat_seconds: float = 15.0,
    slow_sender_seconds: float = 20.0,
    slow_reader_seconds: float = 20.0,
    first_byte_seconds: float = 20.0,
    idle_seconds: float = 20.0,
    progress_seconds: float = 20.0,
    extra: str = "",
    more_providers: str = "",
) -> str:
    """A configuration with one provider of each dialect, all of them the simulator at `url`.

    `extra` is more YAML; `more_providers` are further entries, with `{url}` and `{canary}` to be filled in.
    """
    return extra + (PROVIDERS + more_providers).format(
        url=url,
        canary=CANARY,
        drain_seconds=drain_seconds,
        heartbeat_seconds=heartbeat_seconds,
        slow_sender_seconds=slow_sender_seconds,
        slow_reader_seconds=slow_reader_seconds,
        first_byte_seconds=first_byte_seconds,
        idle_seconds=idle_seconds,
        progress_seconds=progress_seconds,
    )


class Gateway:
    """A running gateway: where it listens, what it has logged, and its process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process = process
        self.port = port
        self.config_path = folder / "dragoman.yaml"
        self._log_path = folder / "gateway.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    @property
    def resident_bytes(self) -> int:
        """Memory that the process holds now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def status_of(self, path: str) -> int:
        """The status that a plain GET gets; 0 where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


def wait_until(condition: object, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether a condition (a callable) comes true in time."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class House(NamedTuple):
    """A gateway before a simulator that plays all of its providers."""

    gateway: Gateway
    simulator: Simulator

    @property
    def url(self) -> str:
        return self.gateway.url

    def check_quiet(self) -> None:
        """What must be so after every test: nothing is running, and nothing was said that only a bug says."""
        self.simulator.wait_for(lambda: not self.simulator.in_flight)
        log = self.gateway.log
        assert CANARY not in log
        for word in BUG_WORDS:
            assert word not in log, log


@contextmanager
def running_house(folder: Path, *, judge: bool = True, **settings: Any) -> Iterator[House]:
    """A simulator, and a gateway that knows it as four providers; `settings` are those of `write_providers`."""
    with Simulator(judge=judge) as simulator:
        with running_gateway(folder, write_providers(simulator.url, **settings)) as gateway:
            yield House(gateway, simulator)
        simulator.wait_for(lambda: simulator.open_sockets == 0)


@contextmanager
def running_gateway(
    folder: Path, config: str, environment: Mapping[str, str] | None = None, *, log_level: str = "debug"
) -> Iterator[Gateway]:
    """Start the gateway with a configuration and end it again. Its log must not hold a provider's key."""
    port = find_free_port()
    (folder / "dragoman.yaml").write_text(config)
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    command = [dragoman, "serve", "--port", str(port), "--log-level", log_level]
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--config", str(folder / "dragoman.yaml")],
            env={**plain, "NO_PROXY": "*", "DRAGOMAN_DATA": str(folder), **(environment or {})},
            cwd=folder,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    gateway = Gateway(process, port, folder)
    try:
        is_up = wait_until(lambda: process.poll() is not None or gateway.status_of("/readyz") == 200, START_SECONDS)
        assert is_up, gateway.log
        assert process.poll() is None, gateway.log
        yield gateway
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
        assert CANARY not in gateway.log
