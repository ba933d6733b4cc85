"""What is measured, one row each, with its budget.

A case's `kind` says how it is measured (`bench.measure.MEASURES`). `client` is the dialect that comes in, `provider`
the one that goes out; where they are the same, bytes pass through. The budgets are promises, not wishes: a change that
breaks one needs a reason in `docs/decisions/`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "requests",
    "events",
    "limits",
    "routing",
    "neighbour",
    "local-speed",
    "start",
    "idle-memory",
    "stream-memory",
    "growth",
]

UNITS: dict[Kind, str] = {
    "requests": "µs per request",
    "events": "µs per event",
    "limits": "µs per request",
    "routing": "µs per request",
    "neighbour": "% lost",
    "local-speed": "% lost",
    "start": "s",
    "idle-memory": "MB",
    "stream-memory": "MB",
    "growth": "MB per 100 000 requests",
}

CHAT = "openai_chat"
MESSAGES = "anthropic_messages"
RESPONSES = "openai_responses"
GEMINI = "gemini_generate"

SHORT_NAMES = {CHAT: "chat", MESSAGES: "messages", RESPONSES: "responses", GEMINI: "gemini"}


class Budget(NamedTuple):
    """The most that a case may take: in its own unit, and as a multiple of nginx. None: not promised."""

    absolute: float | None = None
    ratio: float | None = None


class Case(NamedTuple):
    """One row of the report."""

    name: str
    title: str
    kind: Kind
    budget: Budget
    client: str = CHAT
    provider: str = CHAT
    pattern: str = ""
    is_large: bool = False
    is_quick: bool = False
    is_limited: bool = False  # the caller has a virtual key with limits and a budget

    @property
    def is_stream(self) -> bool:
        return bool(self.pattern)


SAME_SMALL = Budget(70, 3.5)
TRANSLATED_SMALL = Budget(110, 5.5)
SAME_LARGE = Budget(150)
TRANSLATED_LARGE = Budget(400)
SAME_SINGLE = Budget(ratio=2)
TRANSLATED_SINGLE = Budget(ratio=3)
SAME_BUNDLED = Budget(3)
TRANSLATED_BUNDLED = Budget(10)


def _name_way(client: str, provider: str) -> str:
    return f"{SHORT_NAMES[client]}-{SHORT_NAMES[provider]}"


def _title_way(client: str, provider: str) -> str:
    return f"{SHORT_NAMES[client]} → {SHORT_NAMES[provider]}"


def _answer(client: str, provider: str, *, is_quick: bool = False) -> Case:
    budget = SAME_SMALL if client == provider else TRANSLATED_SMALL
    name = _name_way(client, provider)
    return Case(name, _title_way(client, provider), "requests", budget, client, provider, is_quick=is_quick)


def _limited(client: str, provider: str) -> Case:
    name, title = (
        f"limited-{_name_way(client, provider)}",
        f"{_title_way(client, provider)}, a virtual key with a budget",
    )
    budget = SAME_SMALL if client == provider else TRANSLATED_SMALL
    return Case(name, title, "requests", budget, client, provider, is_limited=True)


def _large(client: str, provider: str, *, is_quick: bool = False) -> Case:
    budget = SAME_LARGE if client == provider else TRANSLATED_LARGE
    name, title = f"large-{_name_way(client, provider)}", f"{_title_way(client, provider)}, 107 kB prompt"
    return Case(name, title, "requests", budget, client, provider, is_large=True, is_quick=is_quick)


def _single(client: str, provider: str, *, is_quick: bool = False) -> Case:
    budget = SAME_SINGLE if client == provider else TRANSLATED_SINGLE
    name, title = f"single-{_name_way(client, provider)}", f"{_title_way(client, provider)}, one event a packet"
    return Case(name, title, "events", budget, client, provider, "single", is_quick=is_quick)


def _bundled(client: str, provider: str, *, is_quick: bool = False) -> Case:
    budget = SAME_BUNDLED if client == provider else TRANSLATED_BUNDLED
    name, title = f"bundled-{_name_way(client, provider)}", f"{_title_way(client, provider)}, 25 events a packet"
    return Case(name, title, "events", budget, client, provider, "bundled", is_quick=is_quick)


CASES = (
    _answer(CHAT, CHAT, is_quick=True),
    _answer(MESSAGES, MESSAGES),
    _answer(RESPONSES, RESPONSES),
    _answer(GEMINI, GEMINI),
    _answer(MESSAGES, CHAT, is_quick=True),
    _answer(CHAT, MESSAGES),
    _answer(RESPONSES, CHAT),
    _answer(GEMINI, CHAT),
    _answer(RESPONSES, MESSAGES),
    _limited(CHAT, CHAT),
    _limited(MESSAGES, CHAT),
    _large(CHAT, CHAT),
    _large(MESSAGES, MESSAGES, is_quick=True),
    _large(MESSAGES, CHAT, is_quick=True),
    _large(CHAT, MESSAGES),
    _single(CHAT, CHAT, is_quick=True),
    _single(MESSAGES, MESSAGES),
    _single(MESSAGES, CHAT, is_quick=True),
    _single(CHAT, MESSAGES),
    _single(RESPONSES, CHAT),
    _bundled(CHAT, CHAT, is_quick=True),
    _bundled(MESSAGES, MESSAGES),
    _bundled(MESSAGES, CHAT, is_quick=True),
    _bundled(CHAT, MESSAGES),
    _bundled(RESPONSES, CHAT),
    Case(
        "limits",
        "what a virtual key with limits and a budget adds",
        "limits",
        Budget(15),
        is_quick=True,
        is_limited=True,
    ),
    Case("routing", "a choice among 20 targets with 50 keys", "routing", Budget(10), is_quick=True),
    Case("local-neighbour", "throughput to others while a local model generates", "neighbour", Budget(10)),
    Case("local-speed", "speed of a local model through the gateway", "local-speed", Budget(3)),
    Case("cold-start", "cold start to the first answer, without the engine", "start", Budget(0.7), is_quick=True),
    Case("memory-idle", "memory at rest, after its first answers", "idle-memory", Budget(60), is_quick=True),
    Case("memory-streams", "memory with 1 000 open streams", "stream-memory", Budget(110), pattern="slow"),
    Case("growth", "growth of memory under load", "growth", Budget(1.0)),
)

GROWTH_MIX = ("chat-chat", "messages-chat", "bundled-chat-chat", "responses-messages", "bundled-messages-chat")
"""The cases that a growing heap is looked for under, in turn."""


def find_case(name: str) -> Case | None:
    """The case of that name."""
    return next((case for case in CASES if case.name == name), None)
