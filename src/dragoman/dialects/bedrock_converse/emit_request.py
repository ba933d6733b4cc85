"""The model's request to Converse's.

Invariant: what the API would refuse is mended here with a loss, and the order of tools, system and turns is kept, so
that a conversation that grows keeps its cached prefix.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from dragoman.dialects.base import Envelope, WireRequest
from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.emission import Emission, emit_cache_point, select_skipped
from dragoman.dialects.bedrock_converse.emit_blocks import (
    ASSISTANT_PARTS,
    SYSTEM_PARTS,
    TOOL_PARTS,
    USER_PARTS,
    Table,
    emit_parts,
)
from dragoman.dialects.bedrock_converse.emit_reasoning import Thinking, plan_thinking
from dragoman.dialects.bedrock_converse.emit_tools import emit_tool_config
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import JsonSchemaOutput, Request, Sampling, Turn
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields

_TABLES: dict[str, Table] = {
    "system": SYSTEM_PARTS,
    "developer": SYSTEM_PARTS,
    "user": USER_PARTS,
    "tool": TOOL_PARTS,
    "assistant": ASSISTANT_PARTS,
}
_ROLES = {"system": "system", "developer": "system", "user": "user", "tool": "user", "assistant": "assistant"}

_COUNTED = frozenset({"messages", "system", "toolConfig", "additionalModelRequestFields"})
_REGION_PREFIX = re.compile(r"^(?:us|us-gov|eu|apac|jp|au|ca|sa|global)\.")
_STOP_SEQUENCE = "/stop_sequence"
_METADATA_VALUE = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}")
_MAX_METADATA = 16

_FOREIGN_SAMPLING = (
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "logit_bias",
)
_FOREIGN_FIELDS: dict[str, tuple[Any, ...]] = {
    "verbosity": (None,),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "modalities": (None, ["text"]),
    "user": (None,),
    "prompt_cache_key": (None,),
    "store": (None, False),
}
"""What the API has no place for, and the values that ask for nothing."""


def build_path(model: str, operation: str) -> str:
    """The path of a model's operation; a model may be an ARN, with colons and slashes of its own."""
    if not model or model in {".", ".."}:
        raise invalid("This is not the name of a model.", "model")
    return f"/model/{quote(model, safe='')}/{operation}"


def patch_request(envelope: Envelope, model: str) -> WireRequest:
    """A body that is Converse's already goes as it is: the model stands in the path."""
    return WireRequest(build_path(model, _operation(is_stream=envelope.stream)), envelope.document.body)


def emit_request(request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
    """The whole request."""
    path = build_path(request.model, _operation(is_stream=request.stream))
    return WireRequest(path, encode_json(emit_body(request, profile, losses)))


def emit_count_request(request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
    """The same request for counting only, which Amazon does for Claude, and only under the model's plain name."""
    if profile.converse_extras != "anthropic":
        return None
    noted: list[Loss] = []
    body = emit_body(request, profile, noted)
    losses += [loss for loss in noted if loss.path.startswith(("turns", "tools"))]
    counted = {name: value for name, value in body.items() if name in _COUNTED}
    path = build_path(_REGION_PREFIX.sub("", request.model), "count-tokens")
    return WireRequest(path, encode_json({"input": {"converse": counted}}))


def _operation(*, is_stream: bool) -> str:
    return "converse-stream" if is_stream else "converse"


def emit_body(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    """The body of a request."""
    _refuse_impossible(request)
    emission = Emission(profile, losses, select_skipped(request))
    thinking = plan_thinking(request, emission)
    body: Fields = {}
    _emit_turns(body, request, emission)
    tool_config = emit_tool_config(request, emission, has_budget=thinking.has_budget)
    if tool_config is not None:
        body["toolConfig"] = tool_config
    extra = dict(thinking.fields)
    inference = _emit_inference(request, thinking, extra, emission)
    if inference:
        body["inferenceConfig"] = inference
    output = _emit_output(request, thinking, emission)
    if output:
        body["outputConfig"] = output
    if extra:
        body["additionalModelRequestFields"] = extra
    _emit_rest(body, request, emission)
    return body


def _refuse_impossible(request: Request) -> None:
    if request.candidates is not None and request.candidates != 1:
        raise DragomanError(Kind.UNSUPPORTED, "Bedrock gives one answer a request; ask for one.", path="candidates")
    if request.previous_response_id is not None:
        raise DragomanError(
            Kind.UNSUPPORTED, "Bedrock keeps no earlier answers; send the conversation.", path="previous_response_id"
        )


# -- turns -----------------------------------------------------------------------------------------------------------


def _emit_turns(body: Fields, request: Request, emission: Emission) -> None:
    """Leading system turns as `system`, all others as messages; there must be one, so the last turn always is."""
    turns = request.turns
    leading, last = 0, len(turns) - 1
    while leading < last and _is_system(turns[leading]):
        leading += 1
    system: list[Fields] = []
    messages: list[Fields] = []
    for index, turn in enumerate(turns):
        mark = len(emission.losses)
        if turn.name is not None and turn.role != "tool":
            emission.lose("dropped", "name")
        emission.report_extras(turn.extras)
        blocks = emit_parts(turn.parts, _TABLES[turn.role], emission)
        if index < leading:
            system += blocks
        elif blocks:
            _append_message(messages, _find_role(turn, bool(messages), emission), blocks)
        elif len(emission.losses) == mark:
            emission.lose("dropped", "", "a turn must not be empty")
        emission.under(mark, f"turns[{index}]")
    if messages and messages[-1]["role"] == "assistant":
        _trim_prefill(messages[-1]["content"], last, emission)
    if request.cache is not None and messages:
        emission.lose("moved", "cache", "the cache point stands behind the last message")
        messages[-1]["content"].append(emit_cache_point(request.cache))
    if system:
        body["system"] = system
    body["messages"] = messages


def _is_system(turn: Turn) -> bool:
    return turn.role in ("system", "developer") and all(type(part) is Text for part in turn.parts)


def _find_role(turn: Turn, has_messages: bool, emission: Emission) -> str:
    role = _ROLES[turn.role]
    if role == "system" and not (emission.profile.inline_system and has_messages):
        emission.lose("approximated", "role", "the model takes a system turn only at the start; said by the user")
        return "user"
    return role


def _append_message(messages: list[Fields], role: str, blocks: list[Fields]) -> None:
    """Speakers must alternate, so what one says twice is one message."""
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"] += blocks
    else:
        messages.append({"role": role, "content": blocks})


def _trim_prefill(blocks: list[Fields], turn: int, emission: Emission) -> None:
    """The start of an answer must not end in white space."""
    text = blocks[-1].get("text")
    if type(text) is str and text != text.rstrip():
        emission.lose("approximated", f"turns[{turn}]", "white space at the end of the answer's beginning")
        blocks[-1]["text"] = text.rstrip()


# -- how to answer ---------------------------------------------------------------------------------------------------


def _emit_inference(request: Request, thinking: Thinking, extra: Fields, emission: Emission) -> Fields:
    """Limits and sampling; what only the maker's own words can say goes into `extra`."""
    config: Fields = {}
    if request.max_output_tokens is not None:
        config["maxTokens"] = _limit_tokens(request.max_output_tokens, emission)
    _emit_sampling(config, extra, request.sampling, thinking, emission)
    if request.stop is not None:
        stops = [stop for stop in request.stop if stop.strip()]
        if len(stops) < len(request.stop):
            emission.lose("dropped", "stop", "a stop sequence must not be white space only")
        if stops:
            config["stopSequences"] = stops
    return config


def _limit_tokens(wanted: int, emission: Emission) -> int:
    most = emission.profile.max_output_tokens
    if most is None or wanted <= most:
        return wanted
    emission.lose("approximated", "max_output_tokens", f"the model gives at most {most}")
    return most


def _emit_sampling(config: Fields, extra: Fields, sampling: Sampling, thinking: Thinking, emission: Emission) -> None:
    """A Claude that thinks takes none of it, but for values so near to its own that they change nothing."""
    is_claude = emission.profile.converse_extras == "anthropic"
    takes_any = emission.profile.sampling_with_reasoning
    is_free = takes_any and not (is_claude and thinking.is_on)
    temperature, top_p = sampling.temperature, sampling.top_p
    if temperature is not None:
        if is_free and temperature > 1:
            emission.lose("approximated", "sampling.temperature", "at most 1")
            temperature = 1
        _emit_or_lose(config, "temperature", temperature, is_free or (takes_any and temperature == 1), emission)
    if top_p is not None:
        is_near = takes_any and top_p >= wire.MIN_TOP_P_THINKING
        _emit_or_lose(config, "topP", top_p, is_free or is_near, emission)
    if sampling.top_k is not None:
        _emit_top_k(extra, sampling.top_k, is_free, emission)
    for name in _FOREIGN_SAMPLING:
        if getattr(sampling, name) not in (None, 0, {}):
            emission.lose("dropped", f"sampling.{name}")


def _emit_or_lose(config: Fields, word: str, value: float, is_allowed: bool, emission: Emission) -> None:
    if is_allowed:
        config[word] = value
    else:
        name = "top_p" if word == "topP" else word
        emission.lose("dropped", f"sampling.{name}", "not together with thinking")


def _emit_top_k(extra: Fields, value: int, is_allowed: bool, emission: Emission) -> None:
    form = emission.profile.converse_extras
    if is_allowed and form == "anthropic":
        extra["top_k"] = value
    elif is_allowed and form == "nova":
        extra["inferenceConfig"] = {"topK": value}
    else:
        emission.lose("dropped", "sampling.top_k")


def _emit_output(request: Request, thinking: Thinking, emission: Emission) -> Fields:
    config: Fields = {}
    if thinking.effort is not None:
        config["effort"] = thinking.effort
    output = request.output
    if isinstance(output, JsonSchemaOutput) and output.schema is not None and emission.profile.structured_output:
        definition: Fields = {"schema": encode_json(output.schema).decode()}
        for name in ("name", "description"):
            if getattr(output, name) is not None:
                definition[name] = getattr(output, name)
        config["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": definition}}
    elif output is not None:
        emission.lose("dropped", "output", "the model takes JSON only by a schema, or not at all")
    return config


# -- the rest --------------------------------------------------------------------------------------------------------


def _emit_rest(body: Fields, request: Request, emission: Emission) -> None:
    if request.stop and emission.profile.converse_extras == "anthropic":
        body["additionalModelResponseFieldPaths"] = [_STOP_SEQUENCE]  # else nobody tells which one was met
    if request.service_tier not in {None, "auto"}:
        tier = wire.TIER_BY_CANONICAL.get(request.service_tier or "")
        if tier is None:
            emission.lose("dropped", "service_tier")
        else:
            body["serviceTier"] = {"type": tier}
    if request.metadata:
        _emit_metadata(body, request.metadata, emission)
    for name, harmless in _FOREIGN_FIELDS.items():
        if getattr(request, name) not in harmless:
            emission.lose("dropped", name)
    if request.extras is not None:
        emission.report_extras(request.extras)
        for name, value in request.extras.get(wire.NAME, {}).items():
            present = body.get(name)
            body[name] = {**present, **value} if type(present) is dict and type(value) is dict else value


def _emit_metadata(body: Fields, metadata: Fields, emission: Emission) -> None:
    """A few short texts, by which Amazon's log of calls can be filtered."""
    texts = [text for pair in metadata.items() for text in pair]
    if len(metadata) <= _MAX_METADATA and all(type(text) is str and _METADATA_VALUE.fullmatch(text) for text in texts):
        body["requestMetadata"] = metadata
    else:
        emission.lose("dropped", "metadata", "only short plain texts, no more than 16, are taken")
