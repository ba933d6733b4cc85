"""What the gateway says of itself when it starts: where it listens, what it found, and a line to try. Text only."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from dragoman import __version__
from dragoman.config.advice import find_warnings
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.engine.provider import is_alone

NO_PROVIDER = """\
No provider was found, so there is nobody to answer yet. Add one and start again:
  export OPENAI_API_KEY=…            or ANTHROPIC_API_KEY, GEMINI_API_KEY, MISTRAL_API_KEY, …
  export OLLAMA_HOST=127.0.0.1:11434   for a server of your own
  pip install 'dragoman[local]'      for a small model on this machine
  or write a dragoman.yaml; dragoman.example.yaml shows how"""

STARTER_NOTE = """
Nobody but a small model on this machine answers: good for trying things out, and it makes mistakes. For more:
  export OPENAI_API_KEY=…            or ANTHROPIC_API_KEY, GEMINI_API_KEY, MISTRAL_API_KEY, …"""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - shown, not bound


def build_banner(settings: Settings, path: Path | None, notices: Sequence[str] = (), link_token: str = "") -> str:
    """The whole text. The token lets whoever sees it into the console, once."""
    url = build_url(settings)
    lines = [f"Dragoman {__version__}, {url}", ""]
    lines += [f"  {label:<10} {text}" for label, text in describe_parts(settings, path)]
    lines += [f"  {'note':<10} {warning}" for warning in [*notices, *find_warnings(settings)]]
    if link_token:
        lines += [
            "",
            f"Console (this link works once; `dragoman console` prints another):\n  {build_console_link(settings, link_token)}",
        ]
    lines += ["", build_invitation(settings, url)]
    if is_alone(settings.providers):
        lines.append(STARTER_NOTE)
    return "\n".join(lines) + "\n"


def build_url(settings: Settings) -> str:
    """Where a client on this machine finds the gateway."""
    host = _EVERYWHERE.get(settings.server.host, settings.server.host)
    port = settings.server.port or "PORT"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def build_console_link(settings: Settings, token: str) -> str:
    """What lets a browser into the console."""
    return f"{build_url(settings)}/console/login?token={token}"


def describe_parts(settings: Settings, path: Path | None) -> list[tuple[str, str]]:
    """What was read, part by part: a label and a line."""
    enabled = {name: one for name, one in settings.providers.items() if one.enabled}
    keys = len(settings.auth.keys)
    return [
        ("config", str(path) if path else "none; everything comes from the environment"),
        ("providers", ", ".join(describe_provider(name, one) for name, one in enabled.items()) or "none"),
        ("routes", ", ".join(settings.routes) or "none; ask for provider/model"),
        ("clients", f"must show one of {_count(keys, 'key')}" if keys else "need no key, on this machine only"),
    ]


def describe_provider(name: str, provider: ProviderSettings) -> str:
    """`openai (2 keys)`."""
    return f"{name} ({_count(len(provider.credentials), 'key') if provider.credentials else 'no key needed'})"


def build_invitation(settings: Settings, url: str) -> str:
    """A command to try, or what is missing before one can be tried."""
    model = select_example_model(settings)
    if not model:
        return NO_PROVIDER
    key = ' \\\n    -H "authorization: Bearer $DRAGOMAN_API_KEY"' if settings.auth.keys else ""
    body = shlex.quote(f'{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}')
    return f"Try it:\n  curl {url}/v1/chat/completions{key} \\\n    -H 'content-type: application/json' -d {body}"


def select_example_model(settings: Settings) -> str:
    """A name that can be asked for: a route, else a known model of a provider; empty if there is no provider."""
    if settings.routes:
        return next(iter(settings.routes))
    enabled = {name: one for name, one in settings.providers.items() if one.enabled}
    for name, provider in enabled.items():
        if provider.models:
            return f"{name}/{provider.models[0]}"
    return f"{next(iter(enabled))}/MODEL" if enabled else ""


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
