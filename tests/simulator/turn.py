"""From a script to a turn: what the script leaves open is taken from the request."""

from __future__ import annotations

import msgspec

from tests.simulator.dialect import Call, Dialect, Turn
from tests.simulator.fault import Fault
from tests.simulator.say import (
    Finish,
    Parts,
    Refusal,
    Say,
    Text,
    Thinking,
    Tokens,
    ToolCall,
    cut_arguments,
    cut_pieces,
)

MAX_ECHO = 2_000
MAX_CANDIDATES = 128

PROMPT_FIELDS = (
    "messages",
    "system",
    "tools",
    "input",
    "instructions",
    "contents",
    "systemInstruction",
    "system_instruction",
)


def count_input(call: Call) -> int:
    """A stand-in for a tokenizer: four bytes of prompt are one token."""
    body = call.body.get("generateContentRequest") or call.body
    prompt = [body[name] for name in PROMPT_FIELDS if name in body]
    return max(1, len(msgspec.json.encode(prompt)) // 4)


def build_turn(dialect: Dialect, call: Call, script: Say, fault: Fault, *, number: int, now: float) -> Turn:
    """Fill in every default."""
    parts = script.parts or (f"You said: {dialect.last_user_text(call.body)[:MAX_ECHO]}",)
    spoken = [parts, *script.others]
    candidates = tuple(
        _plain(spoken[index] if index < len(spoken) else parts) for index in range(_wanted_candidates(call))
    )
    usage = script.usage or _count(call, candidates, script.piece_size)
    return Turn(
        call=call,
        say=script,
        number=number,
        created=int(now),
        candidates=candidates,
        finishes=tuple(script.finish or _natural_finish(parts) for parts in candidates),
        usage=usage,
        reported=None if fault.hide_usage else usage,
    )


def _plain(parts: tuple[str | Text | Thinking | ToolCall | Refusal, ...]) -> Parts:
    return tuple(Text(part) if isinstance(part, str) else part for part in parts)


def _wanted_candidates(call: Call) -> int:
    settings = call.body.get("generationConfig") or call.body.get("generation_config") or {}
    wanted = call.body.get("n") or settings.get("candidateCount") or settings.get("candidate_count") or 1
    return min(int(wanted), MAX_CANDIDATES)


def _natural_finish(parts: Parts) -> Finish:
    if any(isinstance(part, ToolCall) for part in parts):
        return "tool_calls"
    return "refusal" if any(isinstance(part, Refusal) for part in parts) else "stop"


def _count(call: Call, candidates: tuple[Parts, ...], size: int) -> Tokens:
    """One token for each piece that is streamed."""
    spoken, thought = 0, 0
    for part in (part for parts in candidates for part in parts):
        if isinstance(part, Thinking):
            thought += len(cut_pieces(part.text, size)) or 1
        elif isinstance(part, ToolCall):
            spoken += len(cut_arguments(part, size)) + 1
        else:
            spoken += len(cut_pieces(part.text, size))
    return Tokens(input=count_input(call), output=spoken, reasoning=thought)
