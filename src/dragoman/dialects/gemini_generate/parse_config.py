"""`generationConfig` to the model's settings, and what is left of it.

`notes` hold the form in which something was said where the dialect has several; they begin with `_` and are nobody
else's loss.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.schema import to_json_schema
from dragoman.errors import DragomanError, invalid
from dragoman.model.request import JsonOutput, JsonSchemaOutput, OutputFormat, ReasoningRequest, Sampling
from dragoman.wire.json_read import Fields, read_number, read_optional, read_whole, rest_of

_NATIVE_SCHEMAS = ("responseJsonSchema", "_responseJsonSchema")
_THINKING_FIELDS = frozenset({"thinkingBudget", "thinkingLevel", "includeThoughts"})
_NO_SAMPLING = Sampling()


class Config(msgspec.Struct):
    """What `generationConfig` says."""

    output: OutputFormat | None = None
    sampling: Sampling = _NO_SAMPLING
    max_output_tokens: int | None = None
    stop: list[str] | None = None
    reasoning: ReasoningRequest | None = None
    candidates: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    modalities: list[str] | None = None
    rest: Fields = {}
    notes: Fields = {}


def parse_config(request: Fields) -> Config:
    """The settings of a request."""
    config = read_optional(request, "generationConfig", dict)
    if not config:
        return Config()
    try:
        return _parse(config)
    except DragomanError as error:
        raise error.under("generationConfig") from None


def _parse(fields: Fields) -> Config:
    result = Config(
        sampling=_parse_sampling(fields),
        max_output_tokens=read_whole(fields, "maxOutputTokens"),
        stop=_read_strings(fields, "stopSequences"),
        candidates=read_whole(fields, "candidateCount"),
        logprobs=read_optional(fields, "responseLogprobs", bool),
        top_logprobs=read_whole(fields, "logprobs"),
        rest=rest_of(fields, wire.CONFIG_FIELDS) or {},
    )
    modalities = _read_strings(fields, "responseModalities")
    if modalities is not None:
        result.modalities = [word.lower() for word in modalities]
    _parse_output(fields, result)
    thinking = read_optional(fields, "thinkingConfig", dict)
    if thinking is not None:
        _parse_thinking(thinking, result)
    return result


def _parse_sampling(fields: Fields) -> Sampling:
    return Sampling(
        temperature=read_number(fields, "temperature"),
        top_p=read_number(fields, "topP"),
        top_k=read_whole(fields, "topK"),
        frequency_penalty=read_number(fields, "frequencyPenalty"),
        presence_penalty=read_number(fields, "presencePenalty"),
        seed=read_whole(fields, "seed"),
    )


def _parse_output(fields: Fields, result: Config) -> None:
    """JSON is asked for by the MIME type, its shape by one of three fields; other MIME types are Gemini's own."""
    media_type = read_optional(fields, "responseMimeType", str)
    schema: Any = None
    for name in _NATIVE_SCHEMAS:
        if fields.get(name) is not None:
            schema = read_optional(fields, name, dict)
            if name != "responseJsonSchema":
                result.notes["_schemaField"] = name
    subset = read_optional(fields, "responseSchema", dict)
    if subset is not None:
        schema = to_json_schema(subset)
        result.notes["_responseSchema"] = subset
    if schema is not None and media_type in {"application/json", None}:
        result.output = JsonSchemaOutput(schema)
        if media_type is None:
            result.notes["_responseMimeType"] = ""
    elif media_type == "application/json":
        result.output = JsonOutput()
    else:
        names = ("responseMimeType", "responseSchema", *_NATIVE_SCHEMAS)
        result.rest.update({name: fields[name] for name in names if fields.get(name) is not None})
        result.notes.pop("_responseSchema", None)
        result.notes.pop("_schemaField", None)


def _parse_thinking(thinking: Fields, result: Config) -> None:
    """Gemini shows no thoughts unless asked, which is another default than that of others: it is said aloud."""
    shown = read_optional(thinking, "includeThoughts", bool)
    level = read_optional(thinking, "thinkingLevel", str)
    budget = read_whole(thinking, "thinkingBudget")
    if shown is False:
        result.notes["_includeThoughts"] = False
    if level is not None:
        result.notes["_thinkingLevel"] = level
    rest = rest_of(thinking, _THINKING_FIELDS)
    if rest:
        result.rest["thinkingConfig"] = rest
    result.reasoning = ReasoningRequest(
        mode={0: "off", -1: "adaptive"}.get(budget) if budget is not None else None,  # type: ignore[arg-type]
        effort=wire.EFFORT_BY_LEVEL.get(level.upper()) if level is not None else None,
        budget_tokens=budget if budget is not None and budget > 0 else None,
        display="summary" if shown else "omitted",
    )


def _read_strings(fields: Fields, name: str) -> list[str] | None:
    values = read_optional(fields, name, list)
    if values is not None and not all(type(value) is str for value in values):
        raise invalid("This field must be an array of strings.", name)
    return values
