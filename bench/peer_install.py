"""Peers are installed into `build/peers`, each into a folder of its own that nobody else uses: remove the folder to
have the newest version next time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.peer_table import Peer
from bench.processes import ROOT

FOLDER = ROOT / "build" / "peers"
INSTALL_SECONDS = 540


class InstallError(Exception):
    """A peer could not be installed; the text says why."""


def find_home(peer: Peer, folder: Path = FOLDER) -> Path:
    """The folder of a peer."""
    return folder / re.sub(r"[^a-z0-9]+", "-", peer.name.lower())


def install(peer: Peer, folder: Path = FOLDER) -> None:
    """Install a peer unless it is there. What is left half done is removed."""
    home = find_home(peer, folder)
    if home.exists():
        return
    home.mkdir(parents=True)
    try:
        (_install_node if peer.kind == "node" else _install_python)(peer, home)
    except (subprocess.SubprocessError, OSError, InstallError) as error:
        shutil.rmtree(home)
        raise InstallError(f"could not be installed: {error}") from error


def read_version(peer: Peer, folder: Path = FOLDER) -> str:
    """The version that is installed."""
    home = find_home(peer, folder)
    name, _, pinned = peer.package.rpartition("@")
    if peer.kind == "node":
        document = json.loads((home / "node_modules" / (name or pinned) / "package.json").read_text())
        return str(document["version"])
    found = list(home.glob(f"lib/python*/site-packages/{peer.package.partition('[')[0].replace('-', '_')}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").rpartition("-")[2] if found else "?"


def build_manifest(peer: Peer) -> dict[str, object]:
    """package.json for a peer of Node: the gateway, and what it must stand on, however deep."""
    name, _, version = peer.package.rpartition("@")
    return {"private": True, "dependencies": {name: version, **peer.pinned}, "overrides": dict(peer.pinned)}


def _install_python(peer: Peer, home: Path) -> None:
    _run([sys.executable, "-m", "venv", str(home)])
    _run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.package])


def _install_node(peer: Peer, home: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise InstallError("node and npm are missing")
    (home / "package.json").write_text(json.dumps(build_manifest(peer)))
    _run(["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--loglevel=error"])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        raise InstallError((done.stderr or done.stdout).strip()[-300:])
