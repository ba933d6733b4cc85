"""How much a request may consume at most, told before it is sent: what is reserved of a budget for it.

Input is what its bytes can hold, and for media what providers make of them; output is what the request itself allows.
Where it allows anything, the model's own limit counts, or what the settings assume. Text is not counted as closely as it
could be: what matters here is that it is not more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from dragoman.config.sections.budgets import BudgetSettings
from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model import content
from dragoman.model.request import Request
from dragoman.model.usage import TIERS
from dragoman.routing.target import Route, Target
from dragoman.service.metering.offers import Expected
from dragoman.service.metering.pricing import Pricer
from dragoman.service.metering.settle import WITHOUT_OUTPUT
from dragoman.wire.json_document import JsonDocument

OUTPUT_FIELDS: dict[str, tuple[str, ...]] = {
    "openai_chat": ("max_completion_tokens", "max_tokens"),
    "openai_responses": ("max_output_tokens",),
    "anthropic_messages": ("max_tokens",),
    "ai_sdk_gateway": ("maxOutputTokens",),
    "ai_sdk_gateway_v3": ("maxOutputTokens",),
    "openai_completions": ("max_tokens",),
}
"""Where each dialect says how long an answer may be."""

COUNT_FIELDS: dict[str, tuple[str, ...]] = {
    "openai_chat": ("n",),
    "openai_completions": ("n", "best_of"),
    "openai_images": ("n",),
}
"""Where it says how many answers are wanted at once."""

CONFIG_FIELDS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("gemini_generate", "gemini_generate_array"), ("generationConfig", "generation_config")
)
"""Where it says both, one level deeper."""

GEMINI_OUTPUTS = ("maxOutputTokens", "max_output_tokens")
GEMINI_COUNTS = ("candidateCount", "candidate_count")

TIER_FIELDS = ("service_tier", "serviceTier", "speed")
"""Where it says how quickly it is to be answered."""

PARTED: dict[str, bytes] = dict.fromkeys(
    ("openai_chat", "openai_responses", "anthropic_messages", "ai_sdk_gateway", "ai_sdk_gateway_v3"), b'"type"'
)
"""What stands in every body that holds more than strings, where there is such a word."""

IMAGE_OPERATION = "openai_images"
MADE_IMAGE_TOKENS = 6_500
"""The largest picture in the best quality."""

TOKENS_BY_MEDIA: dict[type, int] = {
    content.Image: 3_000,
    content.Audio: 20_000,
    content.Video: 60_000,
    content.File: 60_000,
}
"""For media whose size is not known; of those in the body, not more than their bytes could hold."""

MEDIA_BYTES_PER_TOKEN = 4
MOST_TOKENS = 2**40

Parse = Callable[[Envelope], Request]


class Asked(msgspec.Struct, frozen=True):
    """What of a request tells how much it may consume. `output` is None where it sets no limit; `tier` is one that has a
    price of its own."""

    input: int
    output: int | None
    count: int
    is_rich: bool
    tier: str = ""


def read_asked(dialect: str, envelope: Envelope, parse: Parse, settings: BudgetSettings) -> Asked:
    """Look at a request, as little as will do."""
    body = envelope.document.body
    output, count = _read_limits(dialect, envelope.document)
    tier = _read_tier(envelope.document)
    if PARTED.get(dialect, b"") not in body:
        return Asked(int(len(body) / settings.input_bytes_per_token) + 1, output, count, False, tier)
    if dialect in WITHOUT_OUTPUT:
        output = MADE_IMAGE_TOKENS if dialect == IMAGE_OPERATION else 0
    has_rich_media = b"image" in body or b"audio" in body
    # One of these words stands in every body that has media in it.
    if has_rich_media or b"file" in body or b"video" in body or b"document" in body or b"media" in body:
        media = _find_media(envelope, parse)
        inline = sum(map(_inline_bytes, media))
        tokens = int((len(body) - inline) / settings.input_bytes_per_token) + 1 + sum(map(_bound_media, media))
    else:
        tokens = int(len(body) / settings.input_bytes_per_token) + 1
    is_rich = has_rich_media or dialect == IMAGE_OPERATION or b"cache_control" in body
    return Asked(tokens, output, count, is_rich, tier)


def reckon_estimate(asked: Asked, route: Route, pricer: Pricer, moment_ms: int, settings: BudgetSettings) -> int:
    """What the dearest target that a request may go to could cost, in nanodollars."""
    dearest = 0
    for target in list_targets(route) if route.fallback else route.targets:
        output = min(bound_output(asked, target, settings) * asked.count, MOST_TOKENS)
        expected = Expected(asked.input, output, asked.is_rich, asked.tier)
        cost = pricer.bound(target.provider.name, target.model, moment_ms, expected)
        if cost is not None and cost > dearest:
            dearest = cost
    return dearest


def bound_output(asked: Asked, target: Target, settings: BudgetSettings) -> int:
    """How much a target would say at most in one answer."""
    most = target.profile.max_output_tokens
    if asked.output is None:
        return most or settings.assumed_output_tokens
    return asked.output if most is None or asked.output < most else most


def list_targets(route: Route) -> Iterable[Target]:
    """Everybody who may be asked."""
    yield from route.targets
    for targets in route.fallback.values():
        yield from targets


def _read_limits(dialect: str, document: JsonDocument) -> tuple[int | None, int]:
    """How long an answer may be (None: nothing is said), and how many are wanted."""
    fields = document.fields
    output, count = None, 1
    for name in OUTPUT_FIELDS.get(dialect, ()):
        if name in fields and (number := _read_number(document.read(name))) is not None:
            output = number if output is None else max(output, number)
    for name in COUNT_FIELDS.get(dialect, ()):
        if name in fields:
            count = max(count, _read_number(document.read(name)) or 1)
    for name in CONFIG_FIELDS.get(dialect, ()):
        if name in fields and isinstance(config := document.read(name), dict):
            said = [number for one in GEMINI_OUTPUTS if (number := _read_number(config.get(one))) is not None]
            output = max(said, default=output)
            count = max(_read_number(config.get(one)) or 1 for one in GEMINI_COUNTS)
    return output, count


def _read_tier(document: JsonDocument) -> str:
    """How quickly an answer is wanted, where that has a price of its own."""
    fields = document.fields
    for name in TIER_FIELDS:
        if name in fields and type(word := document.read(name)) is str and word in TIERS:
            return TIERS[word]
    return ""


def _read_number(value: Any) -> int | None:
    """A positive number, cut off where it is beyond all reason; some APIs take it as text."""
    if type(value) is int and 0 < value <= MOST_TOKENS:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) not in {int, float} or not value > 0:
        return None
    return int(min(value, MOST_TOKENS))


def _find_media(envelope: Envelope, parse: Parse) -> list[content.Part]:
    """Images and the like; none of a request that cannot be understood, whose bytes then count as text."""
    try:
        request = parse(envelope)
    except DragomanError:
        return []
    return [part for turn in request.turns for part in _walk(turn.parts) if type(part) in TOKENS_BY_MEDIA]


def _walk(parts: Iterable[content.Part]) -> Iterable[content.Part]:
    for part in parts:
        yield part
        if isinstance(part, content.ToolResult):
            yield from _walk(part.parts)


def _inline_bytes(part: Any) -> int:
    return len(part.source.data) if isinstance(part.source, content.InlineData) else 0


def _bound_media(part: Any) -> int:
    most = TOKENS_BY_MEDIA[type(part)]
    size = _inline_bytes(part)
    return (
        min(most, max(size // MEDIA_BYTES_PER_TOKEN, 1_000)) if size and not isinstance(part, content.Image) else most
    )
