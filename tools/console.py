"""Builds the web console into the package, checks its source, writes its types: `python -m tools.console build|check|types`.

Needs nothing but the standard library. Nothing is done twice: a build is skipped while the source's hash is the one that
was built, packages are installed when the lock file changes. Without Node or a registry `build` says so and goes on,
because the gateway works without its console; with `--strict` it fails.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.node import ROOT, Node, NoNodeError, find_node, run_install

CONSOLE = ROOT / "console"
BUILT = ROOT / "src" / "dragoman" / "console_files"
STAMP = ROOT / "build" / "console.stamp"
PACKAGES = CONSOLE / "node_modules"
PACKAGES_STAMP = PACKAGES / ".installed"

NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
SCHEMA = (
    "node_modules/openapi-typescript/bin/cli.js",
    "../docs/reference/admin_api.json",
    "--output=src/api/schema.ts",
)
CHECKS = {
    "the types of the admin API (mended by make docs)": (*SCHEMA, "--check"),
    "tsc": ("node_modules/typescript/bin/tsc", "--noEmit"),
    "eslint": ("node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"),
    "vitest": ("node_modules/vitest/vitest.mjs", "run", "--silent"),
}
BUILD = ("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")


def main(arguments: list[str]) -> int:
    """One word says what to do."""
    if arguments[:1] == ["build"]:
        return build(is_strict="--strict" in arguments)
    if arguments == ["check"]:
        return check()
    if arguments == ["types"]:
        return write_types()
    print(__doc__)
    return 2


def build(*, is_strict: bool) -> int:
    """Build what has changed; 0 also where it cannot be built, unless that is asked."""
    wanted = hash_source()
    if (BUILT / "index.html").exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted:
        return 0
    print("console: building it", flush=True)
    try:
        node = install_packages()
        problem = run_node(node, BUILD)
    except NoNodeError as error:
        problem = str(error)
    if problem:
        print(f"console: it is not built: {problem}")
        return 1 if is_strict else 0
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(wanted, "utf-8")
    return 0


def check() -> int:
    """Types, lint and tests; 0 where there is no Node to run them."""
    try:
        node = install_packages()
    except NoNodeError as error:
        print(f"console: its source is not checked: {error}")
        return 0
    failed = 0
    for name, command in CHECKS.items():
        if problem := run_node(node, command):
            print(f"console: {name} failed\n{problem}")
            failed = 1
    return failed


def write_types() -> int:
    """The shapes of the admin API in TypeScript, out of its OpenAPI document."""
    try:
        problem = run_node(install_packages(), SCHEMA)
    except NoNodeError as error:
        problem = str(error)
    if problem:
        print(f"console: its types are not written: {problem}")
    return 1 if problem else 0


def hash_source(folder: Path = CONSOLE) -> str:
    """One hash of all that the build is made from."""
    sums = hashlib.sha256()
    for path in sorted(list_source(folder)):
        sums.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sums.hexdigest()


def list_source(folder: Path) -> Iterable[Path]:
    """Every file below a folder but for installed packages."""
    for path in folder.iterdir():
        if path.is_dir():
            if path.name != "node_modules":
                yield from list_source(path)
        else:
            yield path


def install_packages() -> Node:
    """A Node, and beside the source the packages that its lock file names."""
    node = find_node()
    wanted = (CONSOLE / "package-lock.json").read_text("utf-8")
    if not PACKAGES_STAMP.exists() or PACKAGES_STAMP.read_text("utf-8") != wanted:
        print("console: installing its packages", flush=True)
        run_install([*node.npm, *NPM_CI], CONSOLE, node.environment)
        PACKAGES_STAMP.write_text(wanted, "utf-8")
    return node


def run_node(node: Node, command: tuple[str, ...]) -> str:
    """Run one of the packages' programs; its words if it failed."""
    ended = subprocess.run(
        [str(node.program), *command], cwd=CONSOLE, env=node.environment, capture_output=True, text=True, check=False
    )
    return (ended.stdout + ended.stderr).strip() if ended.returncode else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
