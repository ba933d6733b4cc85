"""A plugin for Lantern, the imaginary service of `server.py`: its way to a session, and its conversations.

Lantern lets an account in for a name, a password and the solution of a puzzle; its tokens last a minute and can be
renewed. It remembers conversations, and wants to be told which one a call continues.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import count
from typing import Any

from dragoman.errors import DragomanError, Kind
from dragoman.plugins.accounts import Ask, Compute, Session, Steps, Told

JSON = {"content-type": "application/json"}
MAX_CONVERSATIONS = 1000


class Lantern:
    """Serves all accounts."""

    def log_in(self, account: str, last: Session | None) -> Steps:
        """A renewed token, where there is one to renew; else the whole way."""
        if last is not None:
            told: Told = yield Ask("POST", "/renew", JSON, _encode({"renewal": last.state["renewal"]}))
            if told.status == 200:
                return _open_session(told, last)
        name, _, password = account.partition(":")
        puzzle: Told = yield Ask("GET", "/puzzle")
        solution: int = yield Compute(_solving(json.loads(puzzle.body)["puzzle"]))
        body = _encode({"name": name, "password": password, "solution": solution})
        told = yield Ask("POST", "/login", JSON, body)
        if told.status != 200:
            raise DragomanError(
                Kind.AUTHENTICATION, "Lantern does not let this account in.", blame="upstream", phase="connect"
            )
        return _open_session(told, None)

    def sign_call(self, session: Session, call: Ask) -> Ask:
        """A call that goes on where an earlier one stopped names its conversation."""
        known = session.state["conversations"].get(_fingerprint(call.body, without_last=True))
        return (
            call
            if known is None
            else Ask(call.method, call.path, {**call.headers, "lantern-conversation": known}, call.body)
        )

    def note_answer(self, session: Session, call: Ask, told: Told) -> bool:
        """Remembers which conversation this was."""
        conversation = told.headers.get("lantern-conversation")
        if conversation:
            conversations = session.state["conversations"]
            if len(conversations) >= MAX_CONVERSATIONS:
                conversations.pop(next(iter(conversations)))
            conversations[_fingerprint(call.body, without_last=False)] = conversation
        return told.status != 401


def make_lantern() -> Lantern:
    """The entry point."""
    return Lantern()


def _open_session(told: Told, last: Session | None) -> Session:
    said = json.loads(told.body)
    conversations = last.state["conversations"] if last is not None else {}
    state = {"renewal": said["renewal"], "conversations": conversations}
    return Session({"authorization": f"Lantern {said['token']}"}, said["lasts_seconds"], state)


def _solving(puzzle: str) -> Callable[[], int]:
    """A number that makes the puzzle's hash begin with four zeros: some thousand tries."""
    return lambda: next(
        number for number in count() if hashlib.sha256(f"{puzzle}{number}".encode()).hexdigest().startswith("0000")
    )


def _fingerprint(body: bytes, *, without_last: bool) -> str:
    """What the users of a conversation have said; an answer is no part of it, for it is not known when one asks."""
    messages: list[dict[str, Any]] = json.loads(body).get("messages", [])
    said = [message["content"] for message in messages if message["role"] == "user"]
    return hashlib.sha256(_encode(said[:-1] if without_last else said)).hexdigest()


def _encode(value: object) -> bytes:
    return json.dumps(value).encode()
