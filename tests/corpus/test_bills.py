"""The bill of every recorded answer and stream, of every provider, with a price of its own for each class of tokens:
reckoned here by hand from the provider's own words, it is ours on the way of the same dialect and on the translated one.

A formula here knows of a dialect's fields and of nothing that the code knows: what stands inside a sum and what beside it
is told by the totals that the providers give along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from dragoman.catalog.prices import CLASSES, Rates, complete_rates, reckon_nanodollars
from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.usage import Usage
from tests.corpus.exchanges import read_exchanges

pytestmark = pytest.mark.corpus

Fields = dict[str, Any]

PRICES = {
    "input": 3_000,
    "cache_read": 300,
    "cache_write_5m": 3_750,
    "cache_write_1h": 6_000,
    "input_audio": 7_000,
    "input_image": 5_000,
    "output": 15_000,
    "reasoning": 17_000,
    "output_audio": 31_000,
    "output_image": 41_000,
}
"""Nanodollars a token."""

RATES = Rates(0, 0, complete_rates({name: Decimal(price) / 1000 for name, price in PRICES.items()}))


def bill(**tokens: int) -> int | None:
    """None where the report contradicts itself: a part of a sum that is larger than the sum."""
    return None if min(tokens.values()) < 0 else sum(count * PRICES[name] for name, count in tokens.items())


def count(fields: Fields | None, name: str) -> int:
    return int((fields or {}).get(name) or 0)


def bill_chat(usage: Fields) -> int | None:
    """Everything stands inside the two sums, but with those providers whose total is larger by thought or by audio."""
    heard, said = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    prompt, completion = usage["prompt_tokens"], count(usage, "completion_tokens")
    names = ("cache_read_input_tokens", "prompt_cache_hit_tokens", "num_cached_tokens")
    read = count(heard, "cached_tokens") or max(count(usage, name) for name in names)
    written, audio, image = (count(heard, name) for name in ("cache_write_tokens", "audio_tokens", "image_tokens"))
    thought = count(said, "reasoning_tokens") or count(usage, "reasoning_tokens")
    gap = (usage.get("total_tokens") or 0) - prompt - completion
    return bill(
        input=prompt - read - written - image - (0 if gap == audio else audio),
        cache_read=read,
        cache_write_5m=written,
        input_audio=audio,
        input_image=image,
        output=completion if gap == thought else completion - thought,
        reasoning=thought,
    )


def bill_responses(usage: Fields) -> int | None:
    heard, said = usage.get("input_tokens_details"), usage.get("output_tokens_details")
    read, written = count(heard, "cached_tokens"), count(heard, "cache_write_tokens")
    thought, output = count(said, "reasoning_tokens"), count(usage, "output_tokens")
    plain = usage["input_tokens"] - read - written
    return bill(input=plain, cache_read=read, cache_write_5m=written, output=output - thought, reasoning=thought)


def bill_anthropic(usage: Fields) -> int | None:
    """Cache and input stand beside one another, thought inside the output, and what compacting took beside it all."""
    compacting = [one for one in usage.get("iterations") or () if one["type"] == "compaction"]
    hour = count(usage.get("cache_creation"), "ephemeral_1h_input_tokens")
    thought = count(usage.get("output_tokens_details"), "thinking_tokens")
    own = bill(
        input=count(usage, "input_tokens"),
        cache_read=count(usage, "cache_read_input_tokens"),
        cache_write_5m=count(usage, "cache_creation_input_tokens") - hour,
        cache_write_1h=hour,
        output=count(usage, "output_tokens") - thought,
        reasoning=thought,
    )
    all_bills = [own, *map(bill_anthropic, compacting)]
    return None if None in all_bills else sum(filter(None, all_bills))


def bill_gemini(usage: Fields) -> int | None:
    """The cache is inside the prompt, thoughts and what tools brought are beside; modalities are told in lists, those of
    the cache too."""

    def kind(name: str, modality: str) -> int:
        return sum(count(one, "tokenCount") for one in usage.get(name) or () if one["modality"] == modality)

    read = count(usage, "cachedContentTokenCount")
    audio, image = (kind("promptTokensDetails", one) - kind("cacheTokensDetails", one) for one in ("AUDIO", "IMAGE"))
    made_audio, made_image = (kind("candidatesTokensDetails", one) for one in ("AUDIO", "IMAGE"))
    return bill(
        input=count(usage, "promptTokenCount") - read - audio - image + count(usage, "toolUsePromptTokenCount"),
        cache_read=read,
        input_audio=audio,
        input_image=image,
        output=count(usage, "candidatesTokenCount") - made_audio - made_image,
        reasoning=count(usage, "thoughtsTokenCount"),
        output_audio=made_audio,
        output_image=made_image,
    )


class Case(NamedTuple):
    """A dialect, and where in its words the usage stands."""

    dialect: str
    label: str
    key: str
    begins: str  # the event that begins a stream: some recordings are of several, one after the other
    bill: Callable[[Fields], int | None]

    @property
    def side(self) -> ProviderSide:
        side = DIALECTS[self.dialect].provider
        assert side is not None
        return side


CASES = [
    Case("openai_chat", "openai-chat", "usage", "", bill_chat),
    Case("openai_responses", "openai-responses", "usage", '"response.created"', bill_responses),
    Case("anthropic_messages", "anthropic", "usage", '"message_start"', bill_anthropic),
    Case("gemini_generate", "gemini", "usageMetadata", "", bill_gemini),
]


def reckon(usage: Usage | None) -> int | None:
    return None if usage is None else reckon_nanodollars(RATES, [getattr(usage, name) for name in CLASSES])


class Judged(NamedTuple):
    """One bill, three times."""

    id: str
    provider: str
    by_hand: int | None
    passed: int | None
    translated: int | None
    usage: Fields


def judge_answers(case: Case) -> Iterator[Judged]:
    for exchange in read_exchanges(case.label):
        answer = exchange.get("response")
        usage = answer.get(case.key) if isinstance(answer, dict) else None
        if not usage or not any(name != "trafficType" for name in usage):
            continue
        body = msgspec.json.encode(answer)
        try:
            translated = reckon(case.side.parse_response(body).usage)
            passed = reckon(case.side.read_glance(body).usage)
        except DragomanError:
            continue
        yield Judged(exchange["id"], exchange["provider"], case.bill(usage), passed, translated, usage)


def judge_streams(case: Case) -> Iterator[Judged]:
    client = DIALECTS[case.dialect].client
    assert client is not None
    for exchange in read_exchanges(case.label):
        text = exchange.get("sse_text")
        usage = find_last_usage(text, case) if text else None
        if not text or not usage or (case.begins and text.count(case.begins) > 1):
            continue
        parser = case.side.open_parser()
        envelope = client.open_envelope(b'{"model":"m","stream":true}', "m", True)
        listener = case.side.open_listener(envelope, DEFAULT_PROFILE)
        try:
            events = [*parser.feed(text.encode()), *parser.finish()]
            listener.feed(text.encode())
            listener.finish()
            translated, passed = reckon(assemble(events).usage), reckon(listener.usage)
        except DragomanError:
            continue
        yield Judged(exchange["id"], exchange["provider"], case.bill(usage), passed, translated, usage)


def find_last_usage(text: str, case: Case) -> Fields | None:
    """What the stream said last; Anthropic says a part at the start and the rest at the end."""
    said: Fields = {}
    for line in text.splitlines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not data.startswith("{"):
            continue
        event = msgspec.json.decode(data)
        holder = event.get("message") or event.get("response") or event
        if found := holder.get(case.key):
            before = said if case.label == "anthropic" else {}
            said = before | {name: value for name, value in found.items() if value is not None}
    return said or None


@pytest.mark.parametrize("case", CASES, ids=[case.dialect for case in CASES])
@pytest.mark.parametrize("judge", [judge_answers, judge_streams], ids=["answers", "streams"])
def test_every_class_of_every_provider_is_billed_as_by_hand(
    case: Case, judge: Callable[[Case], Iterator[Judged]]
) -> None:
    judged = list(judge(case))
    sound = [one for one in judged if one.by_hand is not None]
    print(case.dialect, judge.__name__, len(sound), Counter(one.provider for one in sound).most_common())
    assert [one for one in judged if one.passed != one.translated] == []
    assert [one for one in sound if one.passed != one.by_hand] == []
    assert len(sound) > 150
    assert len(judged) - len(sound) < len(judged) * 0.05
