"""Other gateways that can be started here: how each is installed, configured, started and asked.

Each row's `prepare` writes what the gateway wants to read into a folder and says how to start it with one provider, an
OpenAI-compatible server at a base URL. Features that a gateway does not need for that are left at what its maker chose,
but for a limit of requests per second, authentication of clients, which is off where it may be, and telemetry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

MODEL = "gpt-4o-mini"
KEY = "sk-peer-0000000000000000"

Kind = Literal["python", "node"]


class Place(NamedTuple):
    """Where a peer is installed, where it may write, where it listens and whom it asks."""

    home: Path
    folder: Path
    port: int
    base_url: str

    def program(self, name: str) -> str:
        """A program of the peer's own environment."""
        return str(self.home / "bin" / name)


class Launch(NamedTuple):
    """A command and its environment."""

    command: list[str]
    environment: Mapping[str, str]


class Peer(NamedTuple):
    """One gateway. `pinned` are versions of what it stands on, where the newest ones do not work with it."""

    name: str
    language: str
    kind: Kind
    package: str
    prepare: Callable[[Place], Launch]
    path: str = "/v1/chat/completions"
    model: str = MODEL
    headers: Callable[[str], dict[str, str]] = lambda _: {"Authorization": f"Bearer {KEY}"}
    is_on_every_interface: bool = False
    pinned: Mapping[str, str] = MappingProxyType({})
    picks_port: bool = False  # it prints `listening on PORT` instead of being told


def _prepare_ferro(place: Place) -> Launch:
    config = place.folder / "ferro.yaml"
    config.write_text("strategy:\n  mode: single\ntargets:\n  - virtual_key: openai\n")
    environment = {
        "GATEWAY_CONFIG": str(config),
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": place.base_url,
        "PORT": str(place.port),
        "ALLOW_UNAUTHENTICATED_PROXY": "true",
        "MASTER_KEY": "fgw_" + "0123456789abcdef" * 2,
        "LOG_LEVEL": "error",
        "RATE_LIMIT_RPS": "1000000",
        "RATE_LIMIT_BURST": "1000000",
    }
    return Launch([place.program("ferrogw"), "serve"], environment)


_TENSORZERO = """\
import sys, threading, urllib.parse
import tensorzero
gateway = tensorzero._start_http_gateway(
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=False
)
print("listening on", urllib.parse.urlsplit(gateway.base_url).port, flush=True)
threading.Event().wait()
"""


def _prepare_tensorzero(place: Place) -> Launch:
    config = place.folder / "tensorzero.toml"
    config.write_text(
        "[gateway.observability]\nenabled = false\n\n"
        f'[models.small]\nrouting = ["here"]\n\n[models.small.providers.here]\ntype = "openai"\n'
        f'model_name = "{MODEL}"\napi_base = "{place.base_url}/"\napi_key_location = "none"\n'
    )
    script = place.folder / "serve_tensorzero.py"
    script.write_text(_TENSORZERO)
    return Launch(
        [place.program("python"), str(script), str(config)], {"TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS": "1"}
    )


def _prepare_rosetta(place: Place) -> Launch:
    config = place.folder / "rosetta.jsonc"
    document = {
        "providers": {"openai_chat": {"api_key": KEY, "base_url": place.base_url}},
        "models": {MODEL: "openai_chat"},
        "server": {"host": "127.0.0.1", "port": place.port, "open_on_no_keys": True},
    }
    config.write_text(json.dumps(document))
    options = ["--config", str(config), "--no-banner", "--log-level", "error", "--data-dir", str(place.folder / "data")]
    return Launch([place.program("llm-rosetta-gateway"), *options], {})


def _prepare_portkey(place: Place) -> Launch:
    script = place.home / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    return Launch(
        ["node", str(script), f"--port={place.port}", "--headless"],
        {"TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost", "NODE_ENV": "production"},
    )


def _prepare_litellm(place: Place) -> Launch:
    config = place.folder / "litellm.yaml"
    config.write_text(
        f"model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/{MODEL}\n"
        f"      api_base: {place.base_url}\n      api_key: {KEY}\n"
    )
    cache = next(place.home.glob("lib/python*/site-packages/litellm/litellm_core_utils/tokenizers"), place.folder)
    environment = {
        "LITELLM_MASTER_KEY": KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOG": "ERROR",
        "TIKTOKEN_CACHE_DIR": str(cache),
    }
    options = ["--config", str(config), "--host", "127.0.0.1", "--port", str(place.port), "--num_workers", "1"]
    return Launch([place.program("litellm"), *options], environment)


PEERS = (
    Peer("Ferro", "Go", "python", "ferrogw", _prepare_ferro, is_on_every_interface=True),
    Peer(
        "TensorZero",
        "Rust",
        "python",
        "tensorzero",
        _prepare_tensorzero,
        path="/openai/v1/chat/completions",
        model="tensorzero::model_name::small",
        is_on_every_interface=True,
        picks_port=True,
    ),
    Peer("llm-rosetta", "Python", "python", "llm-rosetta", _prepare_rosetta),
    Peer(
        "Portkey",
        "Node",
        "node",
        "@portkey-ai/gateway@1.15.2",
        _prepare_portkey,
        headers=lambda base_url: {
            "Authorization": f"Bearer {KEY}",
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": base_url,
        },
        pinned={"@hono/node-server": "1.13.8"},
        is_on_every_interface=True,
    ),
    Peer("LiteLLM", "Python", "python", "litellm[proxy]", _prepare_litellm),
)
