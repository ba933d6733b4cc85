"""The load generator: writes wrk's script, runs wrk for a bounded time, reads what it prints."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench.processes import LOAD_CORE, Children, find_program

TIMEOUT_SECONDS = 20
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_REQUESTS = re.compile(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h),", re.MULTILINE)
_PERCENTILE = re.compile(r"^\s*(50|99)(?:\.\d+)?%\s+([\d.]+)(us|ms|s|m|h)\s*$", re.MULTILINE)
_REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_SOCKET_ERRORS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


class LoadError(Exception):
    """The load did not run as it was meant to: its figures mean nothing."""


class Load(NamedTuple):
    """What wrk saw."""

    request_count: int
    seconds: float
    p50_seconds: float
    p99_seconds: float
    failure_count: int

    @property
    def requests_per_second(self) -> float:
        return self.request_count / self.seconds


class Shot(NamedTuple):
    """The request that is sent over and over."""

    port: int
    target: str
    body: bytes
    headers: Mapping[str, str]


def parse_output(text: str) -> Load:
    """wrk's report of a run with `--latency`."""
    requests = _REQUESTS.search(text)
    if requests is None:
        raise LoadError(f"wrk did not report: {text.strip()[-300:]}")
    percentiles = {percent: _read_seconds(value, unit) for percent, value, unit in _PERCENTILE.findall(text)}
    refused = _REFUSED.search(text)
    broken = _SOCKET_ERRORS.search(text)
    return Load(
        request_count=int(requests[1]),
        seconds=_read_seconds(requests[2], requests[3]),
        p50_seconds=percentiles.get("50", 0.0),
        p99_seconds=percentiles.get("99", 0.0),
        failure_count=(int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0),
    )


def build_script(shot: Shot) -> str:
    """A wrk script that posts one body; long brackets carry any JSON as it is."""
    headers = {"Content-Type": "application/json", **shot.headers}
    lines = ['wrk.method = "POST"', f"wrk.body = {_quote(shot.body.decode())}"]
    lines += [f"wrk.headers[ {_quote(name)} ] = {_quote(value)}" for name, value in headers.items()]
    return "\n".join(lines) + "\n"


def build_command(script: Path, shot: Shot, connections: int, seconds: float) -> list[str]:
    """One thread: the load has one core."""
    url = f"http://127.0.0.1:{shot.port}{shot.target}"
    options = [f"-c{connections}", f"-d{max(1, round(seconds))}s", f"--timeout={TIMEOUT_SECONDS}s", "--latency"]
    return [find_program("wrk"), "-t1", *options, "-s", str(script), url]


def start_load(children: Children, shot: Shot, connections: int, seconds: float) -> subprocess.Popen[bytes]:
    """wrk in the background, for measurements inside its run."""
    script = children.folder / "load.lua"
    script.write_text(build_script(shot))
    children.log_path("wrk").unlink(missing_ok=True)
    return children.start("wrk", build_command(script, shot, connections, seconds), LOAD_CORE)


def finish_load(children: Children, child: subprocess.Popen[bytes], seconds: float) -> Load:
    """Wait until wrk has ended by itself, and read its report."""
    children.wait(child, seconds + TIMEOUT_SECONDS)
    return parse_output(children.log_path("wrk").read_text())


def run_load(children: Children, shot: Shot, connections: int, seconds: float) -> Load:
    """A whole run."""
    return finish_load(children, start_load(children, shot, connections, seconds), seconds)


def _read_seconds(value: str, unit: str) -> float:
    return float(value) * _SECONDS[unit]


def _quote(text: str) -> str:
    return f"[==[{text}]==]"
