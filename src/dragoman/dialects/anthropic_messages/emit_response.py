"""The model to an answer for a client, and usage in Anthropic's words."""

from __future__ import annotations

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission, emit_parts, read_own
from dragoman.dialects.anthropic_messages.emit_blocks import ANSWER_PARTS
from dragoman.model.content import Extras, Part, Refusal, Text, ToolCall, read_only_text
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_read import Fields

_NOBODY = [Candidate([], Finish("other"))]
_TEXT_ONLY: frozenset[type] = frozenset({Text})
_SAID_ONE_WAY = frozenset(
    reason for reason in wire.EXACT_FINISHES if [*wire.FINISH_BY_WIRE.values()].count(reason) == 1
)
"""The reasons that have one word here, so that nothing else has to be looked at."""
_UNSAID_OF_USAGE: Fields = {
    "cache_creation": None,
    "inference_geo": None,
    "output_tokens_details": None,
    "server_tool_use": None,
}


def emit_message(response: Response, losses: list[Loss]) -> Fields:
    """A whole message, with null where the API says null: clients that hold answers to its description look for the
    fields."""
    emission = Emission(losses)
    candidates = response.candidates or _NOBODY
    candidate = candidates[0]
    mark = len(losses)
    text = read_only_text(candidate.parts)
    if text is not None:
        content, kinds = [{"type": "text", "text": text, "citations": None}], _TEXT_ONLY
    else:
        content, kinds = _emit_content(candidate.parts, emission), frozenset(map(type, candidate.parts))
    if candidate.logprobs is not None:
        emission.lose("dropped", "logprobs")
    if candidate.extras is not None:
        lose_foreign(candidate.extras, emission)
    finish = emit_finish(candidate.finish, ToolCall in kinds, Refusal in kinds, emission)
    if len(losses) > mark:
        emission.under(mark, "candidates[0]")
    for index in range(1, len(candidates)):
        emission.lose("dropped", f"candidates[{index}]", "an answer has one candidate")
    message: Fields = {
        "id": response.id,
        "type": "message",
        "role": "assistant",
        "model": response.model,
        "content": content,
        "container": None,
        "stop_details": None,
        **finish,
        "usage": {**_UNSAID_OF_USAGE, **emit_usage(response.usage, response.service_tier, emission)},
    }
    if response.extras is not None:
        emission.spill(message, response.extras)
    return message


def _emit_content(parts: list[Part], emission: Emission) -> list[Fields]:
    blocks = emit_parts(parts, ANSWER_PARTS, emission)
    for block in blocks:
        if block["type"] == "text":
            block.setdefault("citations", None)
    return blocks


def emit_finish(finish: Finish, has_call: bool, has_refusal: bool, emission: Emission) -> Fields:
    """`stop_reason` and what belongs to it. Anthropic's own word stays; an answer that calls tools says so whatever
    reason was given, since agents go on by it."""
    if finish.extras is None and not (has_call or has_refusal) and finish.reason in _SAID_ONE_WAY:
        return {"stop_reason": wire.WIRE_BY_FINISH[finish.reason], "stop_sequence": finish.stop_sequence}
    wire_word = finish.wire
    own = read_own(finish.extras)
    if wire_word is not None and wire.FINISH_BY_WIRE.get(wire_word) == finish.reason:
        word = wire_word
    elif finish.reason in ("stop", "other") and has_call and "stop_reason" not in own:
        word = "tool_use"
    elif finish.reason in ("stop", "other") and has_refusal:
        word = "refusal"
    else:
        word = wire.WIRE_BY_FINISH[finish.reason]
        if finish.reason not in wire.EXACT_FINISHES and "stop_reason" not in own:
            emission.lose("approximated", "finish.reason", f"{finish.reason} is said as {word}")
    fields: Fields = {"stop_reason": word, "stop_sequence": finish.stop_sequence}
    if finish.extras is not None:
        mark = len(emission.losses)
        emission.spill(fields, finish.extras)
        emission.under(mark, "finish")
    return fields


def emit_usage(usage: Usage | None, service_tier: str | None, emission: Emission) -> Fields:
    """Anthropic's own report as it came; a count made from the model's classes; or zeros, since clients demand some."""
    if usage is None:
        emission.lose("defaulted", "usage", "the provider reported none")
        usage = _NO_USAGE
    if usage.reported is not None and is_own_report(usage.reported):
        return usage.reported
    fields = count_usage(usage)
    fields["service_tier"] = wire.ANSWER_TIERS.get(service_tier or "")
    return fields


_NO_USAGE = Usage()


def is_own_report(reported: Fields) -> bool:
    """Whether a provider's report is in our words: OpenAI's Responses share some of them, but also give a total."""
    return "input_tokens" in reported and "total_tokens" not in reported and "input_tokens_details" not in reported


def count_usage(usage: Usage) -> Fields:
    """Input without what the cache held; output with thinking."""
    fields: Fields = {
        "input_tokens": usage.input + usage.input_audio + usage.input_image,
        "cache_creation_input_tokens": usage.cache_write_5m + usage.cache_write_1h,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output + usage.reasoning + usage.output_audio + usage.output_image,
    }
    if usage.cache_write_1h:
        fields["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_write_5m,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        }
    if usage.reasoning:
        fields["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return fields


def lose_foreign(extras: Extras, emission: Emission) -> None:
    """Extras in a place where we keep none of our own."""
    emission.spill({}, extras)
