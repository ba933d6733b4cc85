"""The bill of every recorded answer: reckoned from the provider's own words by a formula that knows nothing of our
classes, it is the same as ours, on the way of the same dialect and on the translated one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from dragoman.catalog.prices import CLASSES, Rates, complete_rates, reckon_nanodollars
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.usage import Usage
from tests.corpus.exchanges import read_exchanges

pytestmark = pytest.mark.corpus

Fields = dict[str, Any]

INPUT, READ, WRITE, WRITE_HOUR, OUTPUT = 3_000, 300, 3_750, 6_000, 15_000
"""Nanodollars a token."""

RATES = Rates(
    0,
    0,
    complete_rates(
        {
            "input": Decimal(3),
            "cache_read": Decimal("0.3"),
            "cache_write_5m": Decimal("3.75"),
            "cache_write_1h": Decimal(6),
            "output": Decimal(15),
        }
    ),
)


def bill_openai(total: int, details: Fields | None, output: int) -> int:
    """What was read from a cache and written to it is part of the total."""
    read = count(details or {}, "cached_tokens")
    written = count(details or {}, "cache_write_tokens")
    return (total - read - written) * INPUT + read * READ + written * WRITE + output * OUTPUT


def bill_chat(usage: Fields) -> int:
    return bill_openai(usage["prompt_tokens"], usage.get("prompt_tokens_details"), usage["completion_tokens"])


def bill_responses(usage: Fields) -> int:
    return bill_openai(usage["input_tokens"], usage.get("input_tokens_details"), usage["output_tokens"])


def bill_anthropic(usage: Fields) -> int:
    """What was read from a cache and written to it stands beside the input, and what compacting took beside it all.
    (An advisor's tokens are another model's, and are not looked at here.)"""
    compacting = [one for one in usage.get("iterations") or () if one["type"] == "compaction"]
    hour = count(usage.get("cache_creation") or {}, "ephemeral_1h_input_tokens")
    written = (count(usage, "cache_creation_input_tokens") - hour) * WRITE + hour * WRITE_HOUR
    plain = count(usage, "input_tokens") * INPUT + count(usage, "output_tokens") * OUTPUT
    return plain + written + count(usage, "cache_read_input_tokens") * READ + sum(map(bill_anthropic, compacting))


def bill_gemini(usage: Fields) -> int:
    """What was read from a cache is part of the prompt; thoughts and what tools brought stand beside."""
    read = count(usage, "cachedContentTokenCount")
    heard = count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount")
    written = count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount")
    return (heard - read) * INPUT + read * READ + written * OUTPUT


def count(fields: Fields, name: str) -> int:
    return int(fields.get(name) or 0)


CASES: list[tuple[str, str, str, str, Callable[[Fields], int]]] = [
    ("openai_chat", "openai-chat", "openai", "usage", bill_chat),
    ("openai_responses", "openai-responses", "openai", "usage", bill_responses),
    ("anthropic_messages", "anthropic", "anthropic", "usage", bill_anthropic),
    ("gemini_generate", "gemini", "google", "usageMetadata", bill_gemini),
]


def reckon(usage: Usage | None) -> int | None:
    assert usage is not None
    return reckon_nanodollars(RATES, [getattr(usage, name) for name in CLASSES])


@pytest.mark.parametrize(("dialect", "label", "provider", "key", "bill"), CASES, ids=[case[0] for case in CASES])
def test_a_recorded_answer_costs_the_same_by_either_way(
    dialect: str, label: str, provider: str, key: str, bill: Callable[[Fields], int]
) -> None:
    side = DIALECTS[dialect].provider
    assert side is not None
    judged = 0
    wrong = []
    for exchange in read_exchanges(label):
        answer = exchange.get("response")
        usage = answer.get(key) if isinstance(answer, dict) else None
        if exchange["provider"] != provider or not usage:
            continue
        body = msgspec.json.encode(answer)
        try:
            translated = reckon(side.parse_response(body).usage)
        except DragomanError:
            continue
        judged += 1
        passed = reckon(side.read_glance(body).usage)
        if not passed == translated == bill(usage):
            wrong.append((exchange["id"], passed, translated, bill(usage), usage))
    assert wrong == [], wrong
    assert judged > 100
