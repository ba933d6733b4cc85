"""Keys for gateways under test, made beside them as the command line does, and what the admin API tells of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dragoman.ledger.control.sqlite import FILE_NAME, SqliteControl
from dragoman.ledger.control.store import ControlStore
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyWish, create_key, revoke_key
from dragoman.service.access.teams import TeamWish, create_team
from tests.e2e import raw
from tests.simulator.say import Tokens

T = TypeVar("T")

BOSS = Maker("boss")
ROOT = "root-key-0c7e5b1f9d3a4862"
ROOT_KEY = f'auth: {{keys: [{{secret: "{ROOT}", name: root}}]}}\n'
"""A key of the configuration, for the admin API."""

INPUT_DOLLARS, OUTPUT_DOLLARS = 1, 1000
PRICES = f'prices: [{{match: "*/*", input: {INPUT_DOLLARS}, output: {OUTPUT_DOLLARS}}}]\n'
"""Dollars a million tokens: an answer costs far more than a question."""

LIMITED: dict[str, dict[str, Any]] = {
    "chat": {"max_completion_tokens": 100},
    "responses": {"max_output_tokens": 100},
    "anthropic": {"max_tokens": 100},
    "gemini": {"generationConfig": {"maxOutputTokens": 100}},
}
"""What makes a request of each dialect one of at most a hundred tokens."""


def write_control(folder: Path, work: Callable[[ControlStore, int], T]) -> T:
    """Change the keys of the gateway that keeps its data in the folder."""
    store = SqliteControl(folder / "ledger" / FILE_NAME)
    try:
        return work(store, time.time_ns() // 1_000_000)
    finally:
        store.close()


def add_key(folder: Path, name: str, **wish: Any) -> str:
    """A new key's secret."""
    _, secret = write_control(folder, lambda store, now: create_key(store, BOSS, KeyWish(name=name, **wish), now))
    return secret.reveal()


def add_team(folder: Path, name: str, **wish: Any) -> None:
    write_control(folder, lambda store, now: create_team(store, BOSS, TeamWish(name=name, **wish), now))


def end_key(folder: Path, name: str) -> None:
    write_control(folder, lambda store, now: revoke_key(store, BOSS, name, now))


def limited(dialect: str, model: str, *, stream: bool = False) -> tuple[str, bytes]:
    """Path and body of a small request for any model that may be answered with a hundred tokens."""
    path, _ = raw.address(dialect, model, stream=stream)
    named = {} if dialect == "gemini" else {"model": model} | ({"stream": True} if stream else {})
    return path, raw.small_request(dialect, **{**named, **LIMITED[dialect]})


def show_key(url: str, name: str) -> Any:
    """What the admin API tells of a key."""
    return call_admin(url, "GET", f"/keys/{name}")


def bill(tokens: Tokens) -> int:
    """What an honest provider's tokens cost at these prices, in nanodollars."""
    return 1000 * (tokens.all_input * INPUT_DOLLARS + tokens.all_output * OUTPUT_DOLLARS)


def call_admin(url: str, method: str, path: str, body: Any = None) -> Any:
    """What the admin API answers to an admin's key."""
    content = None if body is None else json.dumps(body).encode()
    answered = raw.ask(url, f"/admin/api{path}", content, {"authorization": f"Bearer {ROOT}"}, method)
    assert answered.status < 300, answered
    return answered.json if answered.body else None


def check_no_key(log: str) -> None:
    """No secret of a virtual key stands there, not even a good part of one."""
    assert not re.search(r"dgm_[0-9a-f]{10}_[0-9a-f]{6}", log)
    assert ROOT not in log
