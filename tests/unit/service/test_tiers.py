"""From what a provider tells of its tier to the cost in the ledger."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.service.metering.pricing import PriceBook, Pricer
from tests.unit.service.desk import CHAT_REQUEST, CHAT_STREAM_REQUEST, streamed, whole
from tests.unit.service.metering.test_settle import settle_one

USAGE = {"prompt_tokens": 1_000, "completion_tokens": 10, "total_tokens": 1_010}
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
CHUNK: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
PRICER = Pricer(PriceBook(rows={"a": "openai"}))


@pytest.mark.parametrize(
    ("tier", "cost", "price"),
    [
        ("default", 1_350_000, "openai/gpt-5"),
        ("flex", 675_000, "openai/gpt-5 since 2026-10-12, tier flex"),
        ("priority", 2_700_000, "openai/gpt-5 since 2026-10-12, tier priority"),
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_what_a_provider_tells_decides_the_price(tier: str, cost: int, price: str, is_stream: bool) -> None:

    if is_stream:
        said = {"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}
        events = [{**CHUNK, "choices": [said]}, {**CHUNK, "choices": [], "usage": USAGE, "service_tier": tier}]
        script = streamed(
            b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
        )
        row = settle_one([script], CHAT_STREAM_REQUEST)
    else:
        body = {"id": "c", "object": "chat.completion", "model": "m", "choices": [CHOICE], "usage": USAGE}
        row = settle_one([whole(json.dumps({**body, "service_tier": tier}).encode())], CHAT_REQUEST)
    priced = PRICER.price(msgspec.structs.replace(row, model="gpt-5"))
    assert (priced.cost_nanodollars, priced.price) == (cost, price)
