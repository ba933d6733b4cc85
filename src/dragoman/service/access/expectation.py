"""How much a request may consume at most, told before it is sent: what is reserved of a budget for it.

Input is what its bytes can hold, and for media what providers make of them; output is what the request itself allows.
Where it allows anything, the model's own limit counts, or what the settings assume. Text is not counted as closely as it
could be: what matters here is that it is not more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from dragoman.clock import Clock
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model import content
from dragoman.model.request import Request
from dragoman.model.usage import TIERS
from dragoman.routing.target import Route, Target
from dragoman.service.metering.offers import Asked
from dragoman.service.metering.pricing import Pricer
from dragoman.service.metering.settle import WITHOUT_OUTPUT
from dragoman.wire.json_document import JsonDocument

Meaning = Literal["output", "count", "config", "tier"]
"""What a word at the top of a request tells: how long an answer may be, how many are wanted at once, both of it one level
deeper, how quickly it is to be answered."""

_TIERS: dict[str, Meaning] = {"service_tier": "tier", "serviceTier": "tier", "speed": "tier"}
_CONFIGS: dict[str, Meaning] = {"generationConfig": "config", "generation_config": "config"}

WORDS: dict[str, dict[str, Meaning]] = {
    "openai_chat": {"max_completion_tokens": "output", "max_tokens": "output", "n": "count", **_TIERS},
    "openai_responses": {"max_output_tokens": "output", **_TIERS},
    "anthropic_messages": {"max_tokens": "output", **_TIERS},
    "gemini_generate": {**_CONFIGS, **_TIERS},
    "gemini_generate_array": {**_CONFIGS, **_TIERS},
    "ai_sdk_gateway": {"maxOutputTokens": "output", **_TIERS},
    "ai_sdk_gateway_v3": {"maxOutputTokens": "output", **_TIERS},
    "openai_completions": {"max_tokens": "output", "n": "count", "best_of": "count", **_TIERS},
    "openai_images": {"n": "count", **_TIERS},
}
"""The words of each dialect that tell it; all others have only those of the tier."""

GEMINI_OUTPUTS = ("maxOutputTokens", "max_output_tokens")
GEMINI_COUNTS = ("candidateCount", "candidate_count")

PARTED: dict[str, bytes] = dict.fromkeys(
    ("openai_chat", "openai_responses", "anthropic_messages", "ai_sdk_gateway", "ai_sdk_gateway_v3"), b'"type"'
)
"""What stands in every body that holds more than strings, where there is such a word."""

MEDIA_WORDS = (b"file", b"video", b"document", b"media")
"""One of these, or of image and audio, stands in every body that has media in it."""

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

_decode = msgspec.json.Decoder().decode

Parse = Callable[[Envelope], Request]


def read_asked(dialect: str, envelope: Envelope, parse: Parse, settings: BudgetSettings) -> Asked:
    """Look at a request, as little as will do. Bytes are searched by `find`: `in` raises and forgets an error each time."""
    document = envelope.document
    find = document.body.find
    output, count, tier = _read_demands(dialect, document)
    size = len(document.body)
    if find(PARTED.get(dialect, b"")) < 0:
        return Asked(int(size / settings.input_bytes_per_token) + 1, output, count, False, tier)
    if dialect in WITHOUT_OUTPUT:
        output = MADE_IMAGE_TOKENS if dialect == IMAGE_OPERATION else 0
    is_rich = find(b"image") >= 0 or find(b"audio") >= 0
    bound = 0
    if is_rich or max(map(find, MEDIA_WORDS)) >= 0:
        media = _find_media(envelope, parse)
        size -= sum(map(_inline_bytes, media))
        bound = sum(map(_bound_media, media))
    is_rich = is_rich or dialect == IMAGE_OPERATION or find(b"cache_control") >= 0
    return Asked(int(size / settings.input_bytes_per_token) + 1 + bound, output, count, is_rich, tier)


def reckon_estimate(asked: Asked, route: Route, pricer: Pricer, clock: Clock, settings: BudgetSettings) -> int:
    """What the dearest target that a request may go to could cost, in nanodollars."""
    dearest = 0
    for target in list_targets(route) if route.fallback else route.targets:
        output, most = asked.output, target.profile.max_output_tokens
        if output is None or (most is not None and most < output):
            output = most or settings.assumed_output_tokens
        cost = pricer.bound(target, clock, asked, min(output * asked.count, MOST_TOKENS))
        if cost is not None and cost > dearest:
            dearest = cost
    return dearest


def list_targets(route: Route) -> Iterable[Target]:
    """Everybody who may be asked."""
    yield from route.targets
    for targets in route.fallback.values():
        yield from targets


def _read_demands(dialect: str, document: JsonDocument) -> tuple[int | None, int, str]:
    """How long an answer may be (None: nothing is said), how many are wanted, and at which tier."""
    words, fields = WORDS.get(dialect, _TIERS), document.fields
    output, count, tier = None, 1, ""
    for name in filter(words.__contains__, fields):
        meaning, value = words[name], _decode(fields[name])
        if meaning == "output":
            output = _find_most(output, value)
        elif meaning == "count":
            count = _find_most(count, value) or 1
        elif meaning == "tier":
            tier = tier or (TIERS.get(value, "") if type(value) is str else "")
        elif isinstance(value, dict):
            for inner in GEMINI_OUTPUTS:
                output = _find_most(output, value.get(inner))
            for inner in GEMINI_COUNTS:
                count = _find_most(count, value.get(inner)) or 1
    return output, count, tier


def _find_most(known: int | None, value: Any) -> int | None:
    """The larger one of a number that is known and one that is said, where either is."""
    number = value if type(value) is int and 0 < value <= MOST_TOKENS else _read_number(value)
    return known if number is None or (known is not None and known > number) else number


def _read_number(value: Any) -> int | None:
    """A positive number of an unusual kind: cut off where it is beyond all reason; some APIs take it as text."""
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
