"""The model's answer to a client's. How a candidate ends is written here for streams, too."""

from __future__ import annotations

from dragoman.dialects.base import WireReply
from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.citations import emit_grounding
from dragoman.dialects.gemini_generate.emit_parts import PartEmitter
from dragoman.dialects.gemini_generate.logprobs import emit_logprobs
from dragoman.dialects.gemini_generate.marks import Fields, plain_fields, read_marks, report_foreign_extras
from dragoman.dialects.gemini_generate.usage import emit_usage
from dragoman.model.content import Text, read_only_text
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json


def emit_response(response: Response, losses: list[Loss]) -> WireReply:
    """The whole answer."""
    report_foreign_extras(response.extras, "", losses)
    body: Fields = {}
    candidates = [
        _emit_candidate(candidate, f"candidates[{index}]", losses)
        for index, candidate in enumerate(response.candidates)
        if not is_blocked(candidate.finish)
    ]
    if candidates:
        body["candidates"] = candidates
    body.update(emit_frame(response.id, response.model))
    if response.usage is not None:
        body["usageMetadata"] = emit_metered(response.usage, response.service_tier)
    if response.extras is not None:
        body.update(plain_fields(response.extras))
    return WireReply(200, encode_json(body))


def emit_frame(response_id: str, model: str) -> Fields:
    """What every chunk of an answer repeats."""
    fields: Fields = {}
    if model:
        fields["modelVersion"] = model
    if response_id:
        fields["responseId"] = response_id
    return fields


def emit_metered(usage: Usage, tier: str | None) -> Fields:
    """`usageMetadata`, with the tier among the counts."""
    fields = emit_usage(usage)
    word = wire.TIER_BY_CANONICAL.get(tier or "")
    return {**fields, "serviceTier": word} if word is not None and "serviceTier" not in fields else fields


def is_blocked(finish: Finish) -> bool:
    """Whether Gemini refused the prompt: then its answer had no candidate."""
    return read_marks(finish.extras).get("_blocked") is True


def _is_unsaid(finish: Finish) -> bool:
    """Whether Gemini itself gave a whole answer no finish reason. A stream needs one all the same: it is its only end."""
    return read_marks(finish.extras).get("_unsaid") is True


def _emit_candidate(candidate: Candidate, path: str, losses: list[Loss]) -> Fields:
    finish, text = candidate.finish, read_only_text(candidate.parts)
    if text is not None and finish.extras is None and candidate.extras is None and candidate.logprobs is None:
        content = {"parts": [{"text": text}], "role": "model"}  # most answers are one text and nothing beside it
        return {"content": content, **emit_ending(finish, None, path, losses), "index": candidate.index}
    report_foreign_extras(candidate.extras, path, losses)
    emitter = PartEmitter(losses, is_answer=True)
    parts: list[Fields] = []
    texts: list[tuple[int, str, Text]] = []
    for index, part in enumerate(candidate.parts):
        if type(part) is Text and part.citations:
            texts.append((len(parts), f"{path}.parts[{index}]", part))
        parts += emitter.emit_part(part, f"{path}.parts[{index}]")
    ending = emit_ending(finish, emitter.malformed, path, losses)
    if _is_unsaid(finish) and emitter.malformed is None:
        del ending["finishReason"]
    if texts and not tells_sources(ending):
        ending["groundingMetadata"] = emit_grounding(texts, losses)
    if candidate.logprobs is not None and "logprobsResult" not in ending:
        ending["logprobsResult"] = emit_logprobs(candidate.logprobs, path, losses)
    said = {name: value for name, value in ending.items() if value is not None}
    return {"content": {"parts": parts, "role": "model"}, **said, "index": candidate.index}


def tells_sources(ending: Fields) -> bool:
    """Whether a candidate of ours has brought its own metadata: then its citations were read from there."""
    return "groundingMetadata" in ending or "citationMetadata" in ending


def emit_ending(finish: Finish, malformed: str | None, path: str, losses: list[Loss]) -> Fields:
    """The finish reason, which is always there, and what else is said about a candidate when it ends."""
    if finish.extras is not None:
        report_foreign_extras(finish.extras, f"{path}.finish", losses)
    if malformed is not None:
        return {"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": malformed}
    if finish.stop_sequence is not None:
        losses.append(Loss("dropped", f"{path}.finish.stop_sequence", "Gemini does not say which one it met"))
    fields = {} if finish.extras is None else dict(plain_fields(finish.extras))
    if finish.wire is not None and finish.wire.isupper():
        fields["finishReason"] = finish.wire
        return fields
    fields["finishReason"] = wire.WIRE_BY_FINISH[finish.reason]
    if finish.reason in wire.APPROXIMATE_FINISHES and not _is_unsaid(finish):
        losses.append(Loss("approximated", f"{path}.finish", f"{finish.reason} as {fields['finishReason']}"))
    return fields
