"""llmock, a provider that somebody else wrote: it breaks what it is told to, and judges how its client copes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e import raw
from tests.e2e.gateway import START_SECONDS, STOP_SECONDS, wait_until
from tests.ports import find_free_port

BASE_PATHS = {"chat": "/v1", "responses": "/v1", "anthropic": "/anthropic", "gemini": "/gemini/v1beta"}
"""Where llmock has each dialect."""


class Judge(NamedTuple):
    """A running llmock."""

    url: str

    def script(self, *behaviors: dict[str, Any]) -> None:
        """What the next requests meet."""
        told = raw.ask(self.url, "/_llmock/scenario", json.dumps({"behaviors": behaviors}).encode())
        assert told.status == 201, told.body

    def read_requests(self) -> list[dict[str, Any]]:
        """What it was asked."""
        requests: list[dict[str, Any]] = raw.ask(self.url, "/_llmock/requests", None, method="GET").json["requests"]
        return requests

    def read_verdict(self) -> dict[str, Any]:
        """What it thinks of its client."""
        verdict: dict[str, Any] = raw.ask(self.url, "/_llmock/verdict", None, method="GET").json
        return verdict


@contextmanager
def running_judge(folder: Path, *options: str) -> Iterator[Judge]:
    """Start llmock, and end it again."""
    port = find_free_port()
    command = [str(Path(sys.executable).with_name("llmock")), "serve", "--port", str(port), "--host", "127.0.0.1"]
    with (folder / "llmock.log").open("wb") as log:
        process = subprocess.Popen([*command, "--log-level", "warning", *options], stdout=log, stderr=log)
    judge = Judge(f"http://127.0.0.1:{port}")
    try:
        assert wait_until(lambda: is_up(judge), START_SECONDS), (folder / "llmock.log").read_text()
        yield judge
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def is_up(judge: Judge) -> bool:
    """Whether it answers."""
    try:
        return raw.ask(judge.url, "/health", None, method="GET").status == 200
    except OSError:
        return False
