"""Dragoman as it is measured: with keys, routing, metering and everything else that it has by default.

The providers of its configuration are named `DIALECT` for whole answers and `DIALECT-PATTERN` for streams, so that the
model's name in a request, `provider/model`, chooses where it goes.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.processes import ROOT, Children, Server, StartError, build_environment, find_free_port
from bench.upstream import PATTERNS

KEY = secrets.token_urlsafe(32)
PROVIDER_KEY = secrets.token_urlsafe(32)

# Where a dialect's base URL ends, and the catalogue's row that says what else is to be known.
_BASES = {
    "openai_chat": ("/v1", "openai"),
    "openai_responses": ("/v1", "openai"),
    "anthropic_messages": ("", "anthropic"),
    "gemini_generate": ("/v1beta", "google"),
}

LIMITS = (
    "--rpm=100000000",
    "--tpm=100000000000",
    "--concurrency=100000",
    "--budget=day=1000000",
    "--budget=total=9000000",
)
"""So much that nobody meets them, and all of them have to be counted."""

ENVIRONMENT = {"DRAGOMAN_API_KEYS": KEY, "BENCH_PROVIDER_KEY": PROVIDER_KEY}


def name_provider(dialect: str, pattern: str = "") -> str:
    """A provider's name in the configuration."""
    return f"{dialect}-{pattern}" if pattern else dialect


def build_config(answers: int, streams: int) -> str:
    """dragoman.yaml for a provider of answers and a provider of streams, given by their ports."""
    lines = ["discover_providers: false", "providers:"]
    for dialect, (base, row) in _BASES.items():
        addresses = {"": f"http://127.0.0.1:{answers}{base}"}
        addresses |= {pattern: f"http://127.0.0.1:{streams}/{pattern}{base}" for pattern in PATTERNS}
        for pattern, url in addresses.items():
            settings = f"row: {row}, dialect: {dialect}, base_url: {url!r}, api_key: '${{BENCH_PROVIDER_KEY}}'"
            lines.append(f"  {name_provider(dialect, pattern)}: {{ {settings} }}")
    return "\n".join(lines) + "\n"


def build_offers(answers: int) -> dict[str, str]:
    """The same providers for a gateway that has only an environment."""
    url = f"http://127.0.0.1:{answers}"
    return {
        "DRAGOMAN_API_KEYS": KEY,
        "OPENAI_API_KEY": PROVIDER_KEY,
        "OPENAI_BASE_URL": f"{url}/v1",
        "ANTHROPIC_API_KEY": PROVIDER_KEY,
        "ANTHROPIC_BASE_URL": url,
        "GEMINI_API_KEY": PROVIDER_KEY,
        "GOOGLE_GEMINI_BASE_URL": f"{url}/v1beta",
    }


def locate_command() -> str:
    """The command that is installed beside the Python that runs us."""
    return str(Path(sys.executable).with_name("dragoman"))


def build_command(port: int) -> list[str]:
    """What starts the gateway."""
    return [locate_command(), "serve", "--port", str(port)]


def locate_config(children: Children) -> Path:
    """Where the gateway's configuration is; not the name that it would look for by itself."""
    return children.folder / "gateway.yaml"


def create_limited_key(children: Children) -> str:
    """A virtual key of the gateway that runs there, with limits of every kind."""
    command = [
        locate_command(),
        "keys",
        "create",
        "limited",
        *LIMITS,
        "--json",
        "--config",
        str(locate_config(children)),
    ]
    environment = build_environment(children.folder, ENVIRONMENT)
    made = subprocess.run(command, capture_output=True, env=environment, cwd=children.folder, check=False)
    if made.returncode:
        raise StartError(f"no virtual key could be made: {made.stderr.decode(errors='replace').strip()[-600:]}")
    key: str = json.loads(made.stdout)["secret"]
    return key


def start_gateway(children: Children, answers: int, streams: int, launcher: Sequence[str] = ()) -> Server:
    """The gateway on the core of the servers; `launcher` stands in for the command, to run it under a profiler."""
    port = find_free_port()
    path = locate_config(children)
    path.write_text(build_config(answers, streams))
    environment = ENVIRONMENT | {"DRAGOMAN_CONFIG": str(path)} | ({"PYTHONPATH": str(ROOT)} if launcher else {})
    command = [*launcher, *build_command(port)[1:]] if launcher else build_command(port)
    return children.start_server(f"dragoman-{port}", command, port, environment=environment)
