"""Makes `.venv` ready: all that running, checking and testing need, at the versions that uv.lock pins.

Runs on a bare Python 3.11 with nothing installed. Theory of operation: an environment is made without pip (which needs
no `ensurepip`, a part that Debian keeps in a package of its own); uv goes into it from a hash-locked file by the first
installer that works here; uv then installs the hash-locked rest. Doing it again changes nothing and takes no time.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
UV = ENVIRONMENT / "bin" / "uv"
UV_REQUIREMENTS = ROOT / "tools" / "uv-requirements.txt"
STAMP = ENVIRONMENT / ".ready"

INSTALL = ["install", "--quiet", "--disable-pip-version-check", "--no-user"]
LOCKED = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement", str(UV_REQUIREMENTS)]

MENDING = """ One of these mends that:
  Debian, Ubuntu:  apt install python3-venv   (for a Python beside the system's own: python3.{minor}-venv)
  any system:      make setup PYTHON=/path/to/another/python3
"""

NO_ENVIRONMENT = "\n{python} cannot make a virtual environment (its own words are above)." + MENDING
NO_INSTALLER = "\n{python} has neither pip nor ensurepip nor virtualenv, so nothing can be installed with it." + MENDING

INSTALL_FAILED = "\nuv could not be installed into .venv; what pip said to that is above.\n"


def main() -> int:
    """Make the environment, then its installer, then all the rest; say what is wrong if one of them fails."""
    if not is_usable(PYTHON):
        say(f"making .venv with {sys.executable} ({sys.version.split()[0]})")
        if not run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(ENVIRONMENT)):
            sys.stderr.write(in_words(NO_ENVIRONMENT))
            return 1
    if not is_pinned_uv(UV):
        say("installing uv from tools/uv-requirements.txt")
        if problem := install_uv():
            sys.stderr.write(problem)
            return 1
    say("installing what uv.lock pins")
    if not install_locked():
        sys.stderr.write("\nuv could not install what uv.lock pins; its own words are above.\n")
        return 1
    STAMP.touch()
    return 0


def say(message: str) -> None:
    """One line for a step that may take a while."""
    print(f"setup: {message}", flush=True)


def run(*command: str, environment: dict[str, str] | None = None) -> bool:
    """Whether a command succeeded; its output is the user's to see."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def output_of(*command: str) -> str | None:
    """What a command prints, or nothing if it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def is_usable(python: Path) -> bool:
    """An environment whose Python was taken away or is too old is made anew."""
    return output_of(str(python), "-c", "import sys; assert sys.version_info >= (3, 11)") is not None


def is_pinned_uv(uv: Path) -> bool:
    """Whether this uv is the one that the requirements file names."""
    return f"uv {pinned_version(UV_REQUIREMENTS.read_text())} " in (output_of(str(uv), "--version") or "") + " "


def pinned_version(requirements: str) -> str:
    """The version in `uv==1.2.3 \\`."""
    line = next(line for line in requirements.splitlines() if line.startswith("uv=="))
    return line.removeprefix("uv==").split()[0]


def install_uv() -> str | None:
    """Try each way to install into the environment; the problem in words if none worked."""
    was_tried = False
    for is_there, install in INSTALLERS:
        if is_there():
            was_tried = True
            if install():
                return None
    return in_words(INSTALL_FAILED if was_tried else NO_INSTALLER)


def in_words(text: str) -> str:
    """A message with the names of the Python that runs this."""
    return text.format(python=sys.executable, minor=sys.version_info.minor)


def has_module(name: str) -> Callable[[], bool]:
    """Whether the Python that runs this has a module that really runs (Debian ships some as stubs)."""
    return lambda: output_of(sys.executable, "-m", name, "--version") is not None


def install_with_pip_of_base() -> bool:
    """The quickest: the pip that is there writes into the environment, which never gets one of its own."""
    return run(sys.executable, "-m", "pip", "--python", str(PYTHON), *INSTALL, *LOCKED)


def install_with_own_pip() -> bool:
    """Where only `ensurepip` is there, the environment gets its pip from it."""
    bootstrap = output_of(str(PYTHON), "-m", "ensurepip") is not None
    return bootstrap and run(str(PYTHON), "-m", "pip", *INSTALL, *LOCKED)


def install_with_virtualenv() -> bool:
    """Where only `virtualenv` is there, it makes the environment again, with a pip."""
    again = run(sys.executable, "-m", "virtualenv", "--quiet", "--clear", str(ENVIRONMENT))
    return again and run(str(PYTHON), "-m", "pip", *INSTALL, *LOCKED)


INSTALLERS: list[tuple[Callable[[], bool], Callable[[], bool]]] = [
    (has_module("pip"), install_with_pip_of_base),
    (has_module("ensurepip"), install_with_own_pip),
    (has_module("virtualenv"), install_with_virtualenv),
]


def install_locked() -> bool:
    """First what is locked, then the project itself, built by the locked build tool and not by one fetched for it."""
    # --inexact: uv came in by another door and must stay.
    sync = [str(UV), "sync", "--quiet", "--frozen", "--inexact", "--all-groups", "--python", str(PYTHON)]
    environment = build_environment(os.environ, has_certificates=trusts_something())
    locked = run(*sync, "--no-install-project", environment=environment)
    return locked and run(*sync, "--no-build-isolation", environment=environment)


def build_environment(inherited: Mapping[str, str], *, has_certificates: bool) -> dict[str, str]:
    """What uv is told beside its options. It trusts whom the machine trusts (a company's proxy, say), as pip does."""
    environment = {name: value for name, value in inherited.items() if name != "VIRTUAL_ENV"}
    environment |= {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT), "UV_PYTHON_DOWNLOADS": "never"}
    if has_certificates:
        environment.setdefault("UV_SYSTEM_CERTS", "true")
    return environment


def trusts_something() -> bool:
    """Whether the machine has certificate authorities of its own; a small container has none, and uv brings some."""
    paths = ssl.get_default_verify_paths()
    return any(is_filled(Path(path)) for path in (paths.cafile, paths.capath) if path)


def is_filled(path: Path) -> bool:
    """Whether a file or a folder holds anything."""
    return any(path.iterdir()) if path.is_dir() else path.is_file()


if __name__ == "__main__":
    raise SystemExit(main())
