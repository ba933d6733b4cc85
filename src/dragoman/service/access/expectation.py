"""How much a request may consume at most, told before it is sent: what is reserved of a budget for it.

Input is what its bytes can hold, and for media what providers make of them; output is what the request itself allows.
Where it allows anything, the model's own limit counts, or what the settings assume. Text is not counted as closely as it
could be: what matters here is that it is not more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import msgspec

from dragoman.config.sections.budgets import BudgetSettings
from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model import content
from dragoman.model.request import Request
from dragoman.model.usage import TIERS
from dragoman.service.metering.offers import MOST_TOKENS, Asked
from dragoman.service.metering.settle import WITHOUT_OUTPUT

Meaning = Literal["output", "count", "config", "tier"]
"""What a word at the top of a request tells: how long an answer may be, how many are wanted at once, both of it one level
deeper, how quickly it is to be answered."""

_TIERS: dict[str, Meaning] = {"service_tier": "tier", "serviceTier": "tier", "speed": "tier"}
_CONFIGS: dict[str, Meaning] = {"generationConfig": "config", "generation_config": "config"}
_TYPE = b'"type"'

Words = tuple[dict[str, Meaning], bytes]
"""What is looked for in the requests of a dialect: words at the top, and what stands in every body that holds more than
strings, where there is such a word."""

WORDS: dict[str, Words] = {
    "openai_chat": ({"max_completion_tokens": "output", "max_tokens": "output", "n": "count", **_TIERS}, _TYPE),
    "openai_responses": ({"max_output_tokens": "output", **_TIERS}, _TYPE),
    "anthropic_messages": ({"max_tokens": "output", **_TIERS}, _TYPE),
    "gemini_generate": ({**_CONFIGS, **_TIERS}, b""),
    "gemini_generate_array": ({**_CONFIGS, **_TIERS}, b""),
    "ai_sdk_gateway": ({"maxOutputTokens": "output", **_TIERS}, _TYPE),
    "ai_sdk_gateway_v3": ({"maxOutputTokens": "output", **_TIERS}, _TYPE),
    "openai_completions": ({"max_tokens": "output", "n": "count", "best_of": "count", **_TIERS}, b""),
    "openai_images": ({"n": "count", **_TIERS}, b""),
}
_OTHERS: Words = (_TIERS, b"")

GEMINI_OUTPUTS = ("maxOutputTokens", "max_output_tokens")
GEMINI_COUNTS = ("candidateCount", "candidate_count")

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

_decode_any = msgspec.json.Decoder().decode
_decode_number = msgspec.json.Decoder(Annotated[int, msgspec.Meta(gt=0, le=MOST_TOKENS)]).decode

Demands = tuple[int | None, int, str]
"""How long an answer may be (None: nothing is said), how many are wanted, and at which tier."""

Parse = Callable[[Envelope], Request]


def read_asked(dialect: str, envelope: Envelope, parse: Parse, settings: BudgetSettings) -> Asked:
    """Look at a request, as little as will do."""
    document = envelope.document
    body, fields = document.body, document.fields
    meanings, part = WORDS.get(dialect, _OTHERS)
    output, count, tier = None, 1, ""
    for name in filter(meanings.__contains__, fields):
        if meanings[name] == "output":
            try:
                number = _decode_number(fields[name])
            except msgspec.ValidationError:
                number = _read_number(_decode(fields[name]))
            if output is None or (number is not None and number > output):
                output = number
        else:
            output, count, tier = _read_demand(meanings[name], _decode(fields[name]), (output, count, tier))
    asked = Asked(int(len(body) / settings.input_bytes_per_token) + 1, output, count, False, tier)
    return asked if body.find(part) < 0 else _look_closer(asked, dialect, envelope, parse, settings)


def _decode(raw: msgspec.Raw) -> Any:
    """Whatever it is; nothing where it is a number that is too large for one."""
    try:
        return _decode_any(raw)
    except msgspec.DecodeError:
        return None


def _look_closer(asked: Asked, dialect: str, envelope: Envelope, parse: Parse, settings: BudgetSettings) -> Asked:
    """There may be more in it than text. Bytes are searched by `find`: `in` raises and forgets an error each time."""
    body, output = envelope.document.body, asked.output
    find, size = body.find, len(body)
    if dialect in WITHOUT_OUTPUT:
        output = MADE_IMAGE_TOKENS if dialect == IMAGE_OPERATION else 0
    is_rich = find(b"image") >= 0 or find(b"audio") >= 0
    bound = 0
    if is_rich or max(map(find, MEDIA_WORDS)) >= 0:
        media = _find_media(envelope, parse)
        size -= sum(map(_inline_bytes, media))
        bound = sum(map(_bound_media, media))
    is_rich = is_rich or dialect == IMAGE_OPERATION or find(b"cache_control") >= 0
    return Asked(int(size / settings.input_bytes_per_token) + 1 + bound, output, asked.count, is_rich, asked.tier)


def _read_demand(meaning: Meaning, value: Any, known: Demands) -> Demands:
    """What is known of a request when one more of its words is."""
    output, count, tier = known
    if meaning == "count":
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
    number = _read_number(value)
    return known if number is None or (known is not None and known > number) else number


def _read_number(value: Any) -> int | None:
    """A positive number, cut off where it is beyond all reason; some APIs take it as text."""
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
