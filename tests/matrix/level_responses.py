"""What two answers may say differently and still mean the same: one rule a function, its reason in its docstring.

As `level_requests`, for answers. `target` is the dialect of the client that was answered.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.model.content import Part, Reasoning
from dragoman.model.response import Response
from tests.matrix.crossing import MODEL

replace = msgspec.structs.replace

SHARED_TIERS = frozenset({"flex", "priority"})

SUMMED: dict[str, tuple[tuple[str, str], ...]] = {
    "openai_chat": (("cache_write_1h", "cache_write_5m"),),
    "openai_responses": (
        ("cache_write_1h", "cache_write_5m"),
        ("input_audio", "input"),
        ("input_image", "input"),
        ("output_audio", "output"),
        ("output_image", "output"),
    ),
    "anthropic_messages": (
        ("input_audio", "input"),
        ("input_image", "input"),
        ("output_audio", "output"),
        ("output_image", "output"),
    ),
    "gemini_generate": (("cache_write_1h", "input"), ("cache_write_5m", "input")),
}
"""Classes of tokens that a dialect counts inside another class."""


def put_head(response: Response, target: str) -> Response:
    """Ids get the prefix that clients look for, and are made up where there are none; the time of an answer is told by
    OpenAI only, and must be; so is the model. The usual service tier has several names and is what is used if none is
    named; a tier of one provider means nothing elsewhere."""
    is_timed = target.startswith("openai") and response.created_unix
    tier = response.service_tier
    return replace(
        response,
        id="" if response.id == "resp_0" else response.id.removeprefix("resp_"),
        model="" if response.model == MODEL else response.model,
        created_unix=response.created_unix if is_timed else None,
        service_tier=tier if tier in SHARED_TIERS else None,
    )


def put_usage(response: Response, target: str) -> Response:
    """Tokens of a class that the client's dialect does not know are counted in another: the sums stay right. What is
    billed goes by the provider's own classes, not by these."""
    usage = response.usage
    if usage is None:
        return response
    for special, general in SUMMED[target]:
        both = {general: getattr(usage, general) + getattr(usage, special), special: 0}
        usage = replace(usage, **both)
    return replace(response, usage=usage)


def put_parts(response: Response, target: str) -> Response:
    """Thinking may be told as such or as a summary, whichever the client's dialect shows; its id is a name that only
    Responses uses."""
    candidates = [
        replace(candidate, parts=[_put_part(part) for part in candidate.parts]) for candidate in response.candidates
    ]
    return replace(response, candidates=candidates)


def _put_part(part: Part) -> Part:
    if not isinstance(part, Reasoning):
        return part
    told = replace(part, id=None)
    if part.summary is not None and not part.text:
        told = replace(told, text="\n\n".join(part.summary), summary=None)
    return told


def put_logprobs(response: Response, target: str) -> Response:
    """No probabilities of refusals say nothing."""
    candidates = []
    for candidate in response.candidates:
        told = {name: tokens for name, tokens in (candidate.logprobs or {}).items() if tokens}
        candidates.append(replace(candidate, logprobs=told or None))
    return replace(response, candidates=candidates)


RULES: tuple[Callable[[Response, str], Response], ...] = (put_head, put_usage, put_parts, put_logprobs)


def level_response(response: Response, target: str) -> Response:
    """The answer in the form in which answers are compared."""
    for rule in RULES:
        response = rule(response, target)
    return response
