"""Under what conditions a figure was taken: without them it says nothing."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.measure import Plan
from bench.processes import CORES, SERVER_CORE, find_program, select_core
from bench.wakefulness import may_keep_awake

LIBRARIES = ("dragoman", "uvicorn", "uvloop", "httptools", "msgspec")

Conditions = dict[str, str]


def parse_cpu_model(text: str) -> str:
    """The first processor's name in /proc/cpuinfo; not every architecture says it."""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match[1].strip() if match else platform.machine()


def parse_tool_version(text: str) -> str:
    """`nginx version: nginx/1.22.1`, `wrk debian/4.1.0-3+b2 [epoll] …` → the number."""
    match = re.search(r"\d+\.\d+(\.\d+)?", text)
    return match[0] if match else "?"


def read_tool_version(command: Sequence[str]) -> str:
    """What a program says of itself, on whichever stream."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return parse_tool_version(done.stdout + done.stderr)


def read_conditions(plan: Plan, command: str) -> Conditions:
    """The machine, the programs and the way."""
    tools = {
        "nginx": read_tool_version([find_program("nginx"), "-v"]),
        "wrk": read_tool_version([find_program("wrk"), "-v"]),
    }
    libraries = {name: version(name) for name in LIBRARIES}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{parse_cpu_model(Path('/proc/cpuinfo').read_text())}, {len(CORES)} of {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": ", ".join(f"{name} {number}" for name, number in (libraries | tools).items()),
        "placing": f"server on core {select_core(SERVER_CORE)}, load and provider on the other; all over loopback",
        "idle processors": "kept from sleeping" if may_keep_awake() else "may sleep (only root can forbid it)",
        "load": f"wrk with {plan.connections} connections for answers, {plan.stream_connections} for streams",
        "runs": f"nginx and the gateway in turns: {plan.pairs} times {plan.seconds:g} s each for answers, "
        f"{plan.stream_pairs} times {plan.stream_seconds:g} s for streams",
        "beside it": f"the machine was shared; its load average before the start was {os.getloadavg()[0]:.1f}",
        "command": f"`{command}`",
    }
