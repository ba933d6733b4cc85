"""Past calls and results told as text, in the form in which the model is asked to call.

Results stand in turns of the user, because targets without tools have no other place for them; turns of the user that
would follow each other become one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dragoman.adapt.tools.forms import Call, Form
from dragoman.adapt.tools.signatures import dump
from dragoman.adapt.tools.toolbox import TEXT
from dragoman.model.content import Part, Text, ToolCall, ToolResult
from dragoman.model.request import Turn


def tell_history(turns: list[Turn], form: Form) -> list[Turn]:
    """The same conversation without calls and results in it; turns that have none are the same objects."""
    names: dict[str, str] = {}
    told: list[Turn] = []
    results_at = -1  # where the last turn of results stands
    for turn in turns:
        if turn.role in {"tool", "user"} and 0 <= results_at == len(told) - 1:
            parts = _tell_results(turn.parts, names, form) if turn.role == "tool" else turn.parts
            told[-1] = msgspec.structs.replace(told[-1], parts=[*told[-1].parts, *parts])
        elif turn.role == "tool":
            results_at = len(told)
            told.append(Turn("user", _tell_results(turn.parts, names, form)))
        elif turn.role == "assistant" and any(isinstance(part, ToolCall) for part in turn.parts):
            names |= {part.id: part.name for part in turn.parts if isinstance(part, ToolCall)}
            told.append(_replace_parts(turn, _tell_calls(turn.parts, form)))
        else:
            told.append(turn)
    return told


def read_told(turns: Iterable[Turn]) -> list[str]:
    """All texts of the user and of tools: what the model may repeat, and what must not become a call by that."""
    return [
        part.text
        for turn in turns
        if turn.role in {"user", "tool"}
        for part in _flatten(turn.parts)
        if isinstance(part, Text)
    ]


def _flatten(parts: Iterable[Part]) -> Iterable[Part]:
    for part in parts:
        if isinstance(part, ToolResult):
            yield from part.parts
        else:
            yield part


def _replace_parts(turn: Turn, parts: list[Part]) -> Turn:
    shorthand = len(parts) == 1 and isinstance(parts[0], Text)
    return msgspec.structs.replace(turn, parts=parts, shorthand=shorthand, extras=None)


def _tell_calls(parts: list[Part], form: Form) -> list[Part]:
    """Calls that follow each other are written together, behind the text before them."""
    told: list[Part] = []
    calls: list[Call] = []
    for part in parts:
        if isinstance(part, ToolCall):
            calls.append((part.name, _arguments_of(part)))
            continue
        _add_calls(told, calls, form)
        told.append(part)
    _add_calls(told, calls, form)
    return told


def _arguments_of(part: ToolCall) -> str:
    return dump({TEXT: part.arguments}) if part.kind == "custom" else part.arguments.strip() or "{}"


def _add_calls(told: list[Part], calls: list[Call], form: Form) -> None:
    if not calls:
        return
    written = form.write_calls(calls)
    calls.clear()
    before = told[-1] if told else None
    if isinstance(before, Text) and before.cache is None and before.signature is None:
        text = f"{before.text.rstrip()}\n{written}" if before.text.strip() else written
        told[-1] = Text(text)
    else:
        told.append(Text(written))


def _tell_results(parts: list[Part], names: dict[str, str], form: Form) -> list[Part]:
    """Texts between their marks; pictures and the like behind them."""
    told: list[Part] = []
    for part in parts:
        if not isinstance(part, ToolResult):
            told.append(part)
            continue
        texts = [inner.text for inner in part.parts if isinstance(inner, Text)]
        text = "\n".join(texts)
        if part.is_error and not text.lower().startswith("error"):
            text = f"Error: {text}"
        name = part.name or names.get(part.call_id, "tool")
        told.append(Text(form.write_result(name, text), cache=part.cache))
        told += [inner for inner in part.parts if not isinstance(inner, Text)]
    return told
