"""The model to a request for a provider.

Invariant: what the API would refuse is mended here with a loss, and the order of tools, system and turns is kept, so
that a conversation that grows keeps its cached prefix.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission, Table, emit_cache, emit_parts
from dragoman.dialects.anthropic_messages.emit_blocks import (
    ASSISTANT_PARTS,
    ASSISTANT_PARTS_WITH_UNSIGNED,
    SYSTEM_PARTS,
    TOOL_PARTS,
    USER_PARTS,
)
from dragoman.dialects.anthropic_messages.emit_reasoning import Thinking, plan_thinking
from dragoman.dialects.anthropic_messages.emit_text import is_bare, is_blank
from dragoman.dialects.anthropic_messages.emit_tools import emit_tool_choice, emit_tools
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Extras, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import JsonSchemaOutput, Request, Sampling, Turn, read_bare
from dragoman.wire.json_read import Fields

_TABLES: dict[str, Table] = {
    "system": SYSTEM_PARTS,
    "developer": SYSTEM_PARTS,
    "user": USER_PARTS,
    "tool": TOOL_PARTS,
    "assistant": ASSISTANT_PARTS,
}
_TEXT_ONLY = frozenset({Text})
_WIRE_ROLES = {"system": "system", "developer": "system", "user": "user", "tool": "user", "assistant": "assistant"}

_NO_SAMPLING = Sampling()
_FOREIGN_SAMPLING: tuple[str, ...] = (
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "logit_bias",
)
_read_foreign_sampling = attrgetter(*_FOREIGN_SAMPLING)
_NO_FOREIGN_SAMPLING = _read_foreign_sampling(_NO_SAMPLING)
_FOREIGN_FIELDS: dict[str, tuple[Any, ...]] = {
    "verbosity": (None,),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "modalities": (None, ["text"]),
    "metadata": (None, {}),
    "prompt_cache_key": (None,),
    "store": (None, False),
}
"""What the API has no place for, and the values that ask for nothing."""
_read_foreign = attrgetter(*_FOREIGN_FIELDS)
_NOTHING_FOREIGN = (None,) * len(_FOREIGN_FIELDS)
_RARE = ("stop", "user", "service_tier", "cache", *_FOREIGN_FIELDS)
_read_rare = attrgetter(*_RARE)
_NOTHING_RARE = (None,) * len(_RARE)
"""What most requests say nothing of, looked at in one go."""


def emit_body(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    """The body of a request; written a second time if it had more cache breakpoints than the API takes."""
    if request.candidates is not None or request.previous_response_id is not None:
        _refuse_impossible(request)
    mark = len(losses)
    emission = Emission(losses)
    body = _emit_body(request, profile, emission)
    surplus = len(emission.marked) - wire.MAX_BREAKPOINTS
    if surplus > 0:
        del losses[mark:]
        movable = [owner for owner in emission.marked if owner]
        body = _emit_body(request, profile, Emission(losses, frozenset(movable[:surplus])))
    return body


def _refuse_impossible(request: Request) -> None:
    if request.candidates is not None and request.candidates != 1:
        raise DragomanError(
            Kind.UNSUPPORTED, "Anthropic models give one answer a request; ask for one.", path="candidates"
        )
    if request.previous_response_id is not None:
        raise DragomanError(
            Kind.UNSUPPORTED,
            "Anthropic models keep no earlier answers; send the conversation.",
            path="previous_response_id",
        )


def _emit_body(request: Request, profile: Profile, emission: Emission) -> Fields:
    thinking = plan_thinking(request, profile, emission)
    body: Fields = {"model": request.model, "max_tokens": thinking.max_tokens}
    if request.tools is not None:
        body["tools"] = emit_tools(request.tools, profile, emission)
    _emit_turns(body, request.turns, profile, emission)
    if request.tools or request.tool_choice is not None:
        choice = emit_tool_choice(request, thinking.has_budget, emission)
        if choice is not None:
            body["tool_choice"] = choice
    if thinking.field is not None:
        body["thinking"] = thinking.field
    if request.output is not None or thinking.effort is not None:
        _emit_output(body, request, thinking, profile, emission)
    if request.sampling != _NO_SAMPLING:
        _emit_sampling(body, request.sampling, thinking, profile, emission)
    _emit_rest(body, request, emission)
    return body


# -- turns -----------------------------------------------------------------------------------------------------------


def _emit_turns(body: Fields, turns: list[Turn], profile: Profile, emission: Emission) -> None:
    """The turns, all but leading system turns as messages; there must be one, so the last turn always is."""
    leading = 0
    last = len(turns) - 1
    while leading < last and _is_system(turns[leading]):
        leading += 1
    if leading:
        _emit_system(body, turns[:leading], emission)
    messages: list[Fields] = []
    merges = False
    for index in range(leading, len(turns)):
        turn = turns[index]
        role = turn.role
        text = read_bare(turn) if role == "user" or (role == "assistant" and index != last) else None
        if text and not (turn.joined or text.isspace()):
            messages.append({"role": role, "content": text})
            merges = False
            continue
        mark = len(emission.losses)
        _emit_turn(messages, turn, profile, emission, is_last=index == last, merges=merges)
        merges = role == "tool"
        if len(emission.losses) > mark:
            emission.under(mark, f"turns[{index}]")
    body["messages"] = messages


def _is_system(turn: Turn) -> bool:
    return turn.role in ("system", "developer") and _TEXT_ONLY.issuperset(map(type, turn.parts))


def _emit_system(body: Fields, turns: list[Turn], emission: Emission) -> None:
    if len(turns) == 1 and (text := read_bare(turns[0])) is not None:
        body["system"] = text
        return
    blocks: list[Fields] = []
    for index, turn in enumerate(turns):
        mark = len(emission.losses)
        blocks += emit_parts(turn.parts, SYSTEM_PARTS, emission)
        _lose_name(turn, emission)
        if turn.extras is not None:
            emission.spill({}, turn.extras)
        emission.under(mark, f"turns[{index}]")
    body["system"] = blocks


def _emit_turn(
    messages: list[Fields], turn: Turn, profile: Profile, emission: Emission, *, is_last: bool, merges: bool
) -> None:
    """One turn of any kind. `merges`: it follows results of tools, and more of them join those."""
    mark = len(emission.losses)
    content = _emit_content(turn, profile, emission, is_last)
    if content:
        role = _wire_role(turn, profile.inline_system and bool(messages), emission)
        _append_message(messages, role, content, turn.joined or (turn.role == "tool" and merges))
        if turn.extras is not None:
            emission.spill(messages[-1], turn.extras)
    elif len(emission.losses) == mark:
        emission.lose("dropped", "", "a turn must not be empty")


def _emit_content(turn: Turn, profile: Profile, emission: Emission, is_last: bool) -> str | list[Fields]:
    if turn.name is not None and turn.role != "tool":
        _lose_name(turn, emission)
    parts = turn.parts
    is_prefill = is_last and turn.role == "assistant"
    if turn.shorthand and len(parts) == 1 and not is_prefill:
        only = parts[0]
        if type(only) is Text and is_bare(only):
            return "" if is_blank(only.text) else only.text
    table = _TABLES[turn.role]
    if profile.replay_reasoning and table is ASSISTANT_PARTS:
        table = ASSISTANT_PARTS_WITH_UNSIGNED
    blocks = emit_parts(parts, table, emission)
    if is_prefill and blocks:
        _trim_prefill(blocks, emission)
        if turn.shorthand and len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
            return str(blocks[0]["text"])
    return blocks


def _trim_prefill(blocks: list[Fields], emission: Emission) -> None:
    """The start of an answer must not end in white space."""
    text = blocks[-1].get("text")
    if type(text) is str and text != text.rstrip():
        emission.lose("approximated", "", "white space at the end of the answer's beginning")
        trimmed = text.rstrip()
        if trimmed:
            blocks[-1]["text"] = trimmed
        else:
            blocks.pop()


def _wire_role(turn: Turn, takes_system: bool, emission: Emission) -> str:
    role = _WIRE_ROLES[turn.role]
    if role == "system" and not takes_system:
        emission.lose("approximated", "role", "the model takes a system turn only at the start; said by the user")
        return "user"
    return role


def _append_message(messages: list[Fields], role: str, content: str | list[Fields], merges: bool) -> None:
    """A new message, or more of the last one where both say the same role and belong together."""
    if merges and messages and messages[-1]["role"] == role:
        before = messages[-1]["content"]
        messages[-1]["content"] = _as_blocks(before) + _as_blocks(content)
    else:
        messages.append({"role": role, "content": content})


def _as_blocks(content: str | list[Fields]) -> list[Fields]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _lose_name(turn: Turn, emission: Emission) -> None:
    if turn.name is not None:
        emission.lose("dropped", "name")


# -- how to answer ---------------------------------------------------------------------------------------------------


def _emit_output(body: Fields, request: Request, thinking: Thinking, profile: Profile, emission: Emission) -> None:
    config: Fields = {}
    if thinking.effort is not None:
        config["effort"] = thinking.effort
    output = request.output
    if isinstance(output, JsonSchemaOutput) and output.schema is not None and profile.structured_output:
        config["format"] = {"type": "json_schema", "schema": output.schema}
        if output.description is not None:
            emission.lose("dropped", "output.description")
    elif output is not None:
        emission.lose("dropped", "output", "the model takes JSON only by a schema, or not at all")
    if config:
        body["output_config"] = config


def _emit_sampling(body: Fields, sampling: Sampling, thinking: Thinking, profile: Profile, emission: Emission) -> None:
    """A model that thinks takes none of it, but for values so near to its own that they change nothing."""
    takes_any = profile.sampling_with_reasoning
    is_free = takes_any and not thinking.is_on
    temperature, top_p = sampling.temperature, sampling.top_p
    if temperature is not None:
        if is_free and temperature > 1:
            emission.lose("approximated", "sampling.temperature", "at most 1")
            temperature = 1
        _emit_or_lose(body, "temperature", temperature, is_free or (takes_any and temperature == 1), emission)
    if top_p is not None:
        _emit_or_lose(body, "top_p", top_p, is_free or (takes_any and top_p >= wire.MIN_TOP_P_THINKING), emission)
    if sampling.top_k is not None:
        _emit_or_lose(body, "top_k", sampling.top_k, is_free, emission)
    foreign = _read_foreign_sampling(sampling)
    if foreign != _NO_FOREIGN_SAMPLING:
        for name, value in zip(_FOREIGN_SAMPLING, foreign, strict=True):
            if value not in (None, 0, {}):
                emission.lose("dropped", f"sampling.{name}")


def _emit_or_lose(body: Fields, name: str, value: float, is_allowed: bool, emission: Emission) -> None:
    if is_allowed:
        body[name] = value
    else:
        emission.lose("dropped", f"sampling.{name}", "not together with thinking")


# -- the rest --------------------------------------------------------------------------------------------------------


def _emit_rest(body: Fields, request: Request, emission: Emission) -> None:
    if request.stream:
        body["stream"] = True
    if _read_rare(request) != _NOTHING_RARE:
        _emit_rare(body, request, emission)
    if request.extras is not None:
        emission.spill(body, _select_extras(request.extras, body))


def _emit_rare(body: Fields, request: Request, emission: Emission) -> None:
    """What only some requests ask for."""
    if request.stop is not None:
        _emit_stop(body, request.stop, emission)
    if request.user is not None:
        body["metadata"] = {"user_id": request.user}
    if request.service_tier is not None:
        tier = wire.REQUEST_TIERS.get(request.service_tier)
        if tier is None:
            emission.lose("dropped", "service_tier")
        else:
            body["service_tier"] = tier
    foreign = _read_foreign(request)
    if foreign != _NOTHING_FOREIGN:
        _lose_foreign(foreign, emission)
    if request.cache is not None:
        emission.marked.append(0)
        body["cache_control"] = emit_cache(request.cache)


def _lose_foreign(values: tuple[Any, ...], emission: Emission) -> None:
    for (name, harmless), value in zip(_FOREIGN_FIELDS.items(), values, strict=True):
        if value not in harmless:
            emission.lose("dropped", name)


def _emit_stop(body: Fields, stop: list[str], emission: Emission) -> None:
    sequences = [sequence for sequence in stop if sequence.strip()]
    if len(sequences) != len(stop):
        emission.lose("dropped", "stop", "a stop sequence must not be white space only")
    if sequences or not stop:
        body["stop_sequences"] = sequences


def _select_extras(extras: Extras, body: Fields) -> Extras:
    """What is left of `thinking` means nothing where thinking itself had to go."""
    own = extras.get(wire.NAME)
    thinking = None if own is None else own.get("thinking")
    if own is None or thinking is None or "type" in thinking or "thinking" in body:
        return extras
    return {**extras, wire.NAME: {name: value for name, value in own.items() if name != "thinking"}}
