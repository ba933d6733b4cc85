"""`generationConfig` to the model's settings, and what is left of it.

`notes` hold the form in which something was said where the dialect has several; they begin with `_` and are nobody
else's loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.schema import to_json_schema
from dragoman.errors import DragomanError, invalid
from dragoman.model.request import JsonOutput, JsonSchemaOutput, ReasoningRequest, Sampling
from dragoman.wire.json_read import Fields, read_number, read_optional, read_required, read_whole, rest_of

_NATIVE_SCHEMAS = ("responseJsonSchema", "_responseJsonSchema")
_THINKING_FIELDS = frozenset({"thinkingBudget", "thinkingLevel", "includeThoughts"})

_SAMPLING_WORDS = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "seed": "seed",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
}
_WORDS = {
    "candidateCount": "candidates",
    "maxOutputTokens": "max_output_tokens",
    "logprobs": "top_logprobs",
    "responseLogprobs": "logprobs",
}


def read_config(request: Fields) -> ConfigReader:
    """The settings of a request."""
    reader = ConfigReader(read_optional(request, "generationConfig", dict) or {})
    try:
        reader.read()
    except DragomanError as error:
        raise error.under("generationConfig") from None
    return reader


class ConfigReader:
    """Reads the settings that are there, each by its method in `READERS`. What the model has words for is `said`, by the
    names of those words."""

    __slots__ = ("_sampling", "fields", "notes", "rest", "said")

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.said: Fields = {}
        self.rest: Fields = {}
        self.notes: Fields = {}
        self._sampling: Fields = {}

    def read(self) -> None:
        readers = self.READERS
        for name, value in self.fields.items():
            read = readers.get(name)
            if read is None:
                self.rest[name] = value
            elif value is not None:
                read(self, name)
        if self._sampling:
            self.said["sampling"] = Sampling(**self._sampling)

    def _read_number(self, name: str) -> None:
        self._sampling[_SAMPLING_WORDS[name]] = read_number(self.fields, name)

    def _read_rank(self, name: str) -> None:
        self._sampling[_SAMPLING_WORDS[name]] = read_whole(self.fields, name)

    def _read_whole(self, name: str) -> None:
        self.said[_WORDS[name]] = read_whole(self.fields, name)

    def _read_flag(self, name: str) -> None:
        self.said[_WORDS[name]] = read_optional(self.fields, name, bool)

    def _read_stop(self, name: str) -> None:
        self.said["stop"] = _read_strings(self.fields, name)

    def _read_modalities(self, name: str) -> None:
        self.said["modalities"] = [word.lower() for word in _read_strings(self.fields, name)]

    def _read_output(self, _: str) -> None:
        """JSON is asked for by the MIME type, its shape by one of three fields; other MIME types are Gemini's own. All
        are read at each of them."""
        fields = self.fields
        media_type = read_optional(fields, "responseMimeType", str)
        schema: Any = None
        for name in _NATIVE_SCHEMAS:
            if fields.get(name) is not None:
                schema = read_optional(fields, name, dict)
                if name != "responseJsonSchema":
                    self.notes["_schemaField"] = name
        subset = read_optional(fields, "responseSchema", dict)
        if subset is not None:
            schema = to_json_schema(subset)
            self.notes["_responseSchema"] = subset
        if schema is not None and media_type in {"application/json", None}:
            self.said["output"] = JsonSchemaOutput(schema)
            if media_type is None:
                self.notes["_responseMimeType"] = ""
        elif media_type == "application/json":
            self.said["output"] = JsonOutput()
        else:
            names = ("responseMimeType", "responseSchema", *_NATIVE_SCHEMAS)
            self.rest.update({name: fields[name] for name in names if fields.get(name) is not None})
            self.notes.pop("_responseSchema", None)
            self.notes.pop("_schemaField", None)

    def _read_thinking(self, name: str) -> None:
        """Gemini shows no thoughts unless asked, which is another default than that of others: it is said aloud."""
        thinking = read_required(self.fields, name, dict)
        shown = read_optional(thinking, "includeThoughts", bool)
        level = read_optional(thinking, "thinkingLevel", str)
        budget = read_whole(thinking, "thinkingBudget")
        if shown is False:
            self.notes["_includeThoughts"] = False
        if level is not None:
            self.notes["_thinkingLevel"] = level
        rest = rest_of(thinking, _THINKING_FIELDS)
        if rest:
            self.rest[name] = rest
        self.said["reasoning"] = ReasoningRequest(
            mode={0: "off", -1: "adaptive"}.get(budget) if budget is not None else None,  # type: ignore[arg-type]
            effort=wire.EFFORT_BY_LEVEL.get(level.upper()) if level is not None else None,
            budget_tokens=budget if budget is not None and budget > 0 else None,
            display="summary" if shown else "omitted",
        )

    READERS: ClassVar[dict[str, Callable[[ConfigReader, str], None]]] = {
        "temperature": _read_number,
        "topP": _read_number,
        "topK": _read_rank,
        "seed": _read_rank,
        "presencePenalty": _read_number,
        "frequencyPenalty": _read_number,
        "candidateCount": _read_whole,
        "maxOutputTokens": _read_whole,
        "logprobs": _read_whole,
        "responseLogprobs": _read_flag,
        "stopSequences": _read_stop,
        "responseModalities": _read_modalities,
        "responseMimeType": _read_output,
        "responseSchema": _read_output,
        "responseJsonSchema": _read_output,
        "_responseJsonSchema": _read_output,
        "thinkingConfig": _read_thinking,
    }


def _read_strings(fields: Fields, name: str) -> list[str]:
    values = read_required(fields, name, list)
    if not all(type(value) is str for value in values):
        raise invalid("This field must be an array of strings.", name)
    return values
