"""A gateway in whose console there is something to see: three providers with prices, routes, keys, a team, and traffic of
many kinds, failures, rests and losses among them. All of it really happens, against the simulator.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.gateway import CANARY, Gateway, running_gateway
from tests.e2e.raw import Answered, ask
from tests.simulator import Fault, Say, Simulator, Text, Thinking, Tokens, ToolCall

ADMIN_KEY = f"{CANARY}-admin"

CONFIG = """\
# A configuration with comments, which changes made in the console leave alone.
discover_providers: false

auth:
  keys:
    - name: operator
      secret: {admin}

local:
  folder: {folder}/models

bodies:
  keys: [operator]

providers:
  openai:
    base_url: {url}/v1
    credentials:
      - name: team-blue
        secret: {canary}-blue
        weight: 2
      - name: team-green # the second account
        secret: {canary}-green
  anthropic:
    base_url: {url}
    api_key: {canary}-anthropic
  google:
    base_url: {url}/v1beta
    api_key: {canary}-google
{more_providers}
routes:
  # the everyday model
  fast:
    targets: [openai/gpt-5-mini, anthropic/claude-haiku-4-5]
    aliases: [everyday]
  smart:
    policy: weighted
    targets:
      - target: anthropic/claude-sonnet-4-6
        weight: 3
      - openai/gpt-5.5
    fallback:
      context_length: google/gemini-2.5-pro
  quick:
    policy: fastest
    targets: [google/gemini-2.5-flash, openai/gpt-5-mini]
{more}"""

SEAL_KEY = base64.b64encode(bytes(range(32))).decode()
HELLO = [{"role": "user", "content": "Which way is the harbour?"}]
ANSWER = "Down the hill, past the two lamps, and then left along the wall until you can smell the sea."
USUAL = Say(parts=(ANSWER,), usage=Tokens(input=420, cached=180, output=64))
LIMITS = Fault(
    headers={
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-remaining-requests": "7310",
        "x-ratelimit-reset-requests": "16s",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-tokens": "212000",
        "x-ratelimit-reset-tokens": "41s",
        "anthropic-ratelimit-requests-limit": "4000",
        "anthropic-ratelimit-requests-remaining": "3120",
        "anthropic-ratelimit-requests-reset": "2099-01-01T00:00:00Z",
    }
)
"""No fault at all: what is left of a key's limits, told with every usual answer."""

_LINK = re.compile(r"https?://\S+/console/login\?token=\S+")


class World(NamedTuple):
    """A gateway with a console, and who plays its providers."""

    gateway: Gateway
    simulator: Simulator
    folder: Path

    @property
    def url(self) -> str:
        return self.gateway.url

    @property
    def link(self) -> str:
        """The link that signs in, once, as the gateway prints it."""
        found = _LINK.search(self.gateway.log)
        assert found, self.gateway.log
        return found.group()

    def forget(self) -> None:
        """Forget what the providers were asked, and what they were to say beside the usual."""
        self.simulator.reset()
        self.simulator.set_default(USUAL, fault=LIMITS)

    def ask(self, path: str, body: Mapping[str, Any], key: str = ADMIN_KEY, **headers: str) -> Answered:
        """One request to a model, by a client with a key."""
        sent = {"authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return ask(self.url, path, json.dumps(body).encode(), sent)

    def chat(self, model: str, key: str = ADMIN_KEY, **more: Any) -> Answered:
        return self.ask("/v1/chat/completions", {"model": model, "messages": HELLO, **more}, key)

    def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request to the admin API, with the operator's key."""
        content = None if body is None else json.dumps(body).encode()
        answer = ask(self.url, f"/admin/api{path}", content, {"authorization": f"Bearer {ADMIN_KEY}"}, method)
        assert answer.status < 300, answer
        return answer.json if answer.body else None


@contextmanager
def running_world(folder: Path, *, more: str = "", more_providers: str = "") -> Iterator[World]:
    """The gateway and its providers, nothing asked yet."""
    with Simulator(judge=False) as simulator:
        simulator.set_default(USUAL, fault=LIMITS)
        config = CONFIG.format(
            url=simulator.url, canary=CANARY, admin=ADMIN_KEY, folder=folder, more=more, more_providers=more_providers
        )
        with running_gateway(folder, config, {"DRAGOMAN_SEAL_KEY": SEAL_KEY}) as gateway:
            yield World(gateway, simulator, folder)


def populate(world: World) -> dict[str, str]:
    """Keys and a team, and some exchanges of each kind; the keys by their names."""
    keys = make_keys(world)
    for _ in range(3):
        send_plain(world, keys)
    send_odd(world, keys)
    return keys


def make_keys(world: World) -> dict[str, str]:
    """Virtual keys by their names."""
    world.admin("POST", "/teams", {"name": "harbour", "budgets": {"month": 50_000_000_000}, "rpm": 60_000})
    wishes: list[dict[str, Any]] = [
        {
            "name": "night-shift",
            "team": "harbour",
            "user": "noor",
            "tags": ["nightly"],
            "budgets": {"day": 5_000_000_000},
        },
        {"name": "pilot-boat", "team": "harbour", "user": "imani", "rpm": 6_000, "models": ["fast", "openai/*"]},
        {"name": "lighthouse", "user": "keeper", "tags": ["reports"], "budgets": {"week": 200_000_000_000}},
    ]
    return {wish["name"]: world.admin("POST", "/keys", wish)["secret"] for wish in wishes}


def send_plain(world: World, keys: Mapping[str, str]) -> None:
    """What is served, in every dialect, streamed and not."""
    night, pilot, light = keys.values()
    for model, key in (("fast", pilot), ("openai/gpt-5-mini", night), ("smart", light), ("quick", light)):
        world.chat(model, key)
        world.chat(model, key, stream=True)
    world.ask("/v1/messages", {"model": "fast", "max_tokens": 200, "messages": HELLO}, night)
    world.ask("/v1/responses", {"model": "anthropic/claude-sonnet-4-6", "input": "Hello"}, light)
    world.ask("/v1beta/models/smart:generateContent", {"contents": [{"parts": [{"text": "Hello"}]}]}, light)


def send_odd(world: World, keys: Mapping[str, str]) -> None:
    """Thinking, tools, losses, a failure that another target heals, one that nobody heals, and a key that rests."""
    night, _, light = keys.values()
    simulator = world.simulator
    simulator.script(Say(parts=(Thinking("The quay is lower."), Text(ANSWER))), model="claude-sonnet-4-6")
    world.chat("anthropic/claude-sonnet-4-6", light)
    simulator.script(Say(parts=(ToolCall("look", '{"at": "sea"}'),)), model="gpt-5-mini")
    world.chat("openai/gpt-5-mini", night)
    send_lossy_stream(world, light)
    send_lossy_stream(world)
    simulator.script(fault=Fault(status=500), model="gpt-5-mini", times=2)
    world.chat("fast", night)
    simulator.script(fault=Fault(status=400, message="This is not how one asks."), model="gemini-2.5-flash")
    world.chat("google/gemini-2.5-flash", night)
    rest_a_key(world)


def send_lossy_stream(world: World, key: str = ADMIN_KEY) -> Answered:
    """A stream of Anthropic's words, answered by OpenAI, of which something is lost on the way."""
    body = {"model": "openai/gpt-5-mini", "max_tokens": 200, "top_k": 5, "stream": True, "messages": HELLO}
    return world.ask("/v1/messages", body, key)


def rest_a_key(world: World) -> None:
    """The first key that is asked is at its limit, and says for how long."""
    fault = Fault(status=429, retry_after_seconds=600, message="Too many requests.")
    world.simulator.script(fault=fault, model="gpt-5.5")
    world.chat("openai/gpt-5.5")
