"""Turns of a request into `messages`.

Results of tools may hold text only, as far as OpenAI goes, so pictures and files in them move into a user message
right after the run of results, under a line that names their call.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.openai_chat.call_ids import emit_call_id
from dragoman.dialects.openai_chat.emit_content import emit_parts
from dragoman.dialects.openai_chat.emit_message import (
    Add,
    Draft,
    add_audio,
    add_call,
    add_content,
    add_opaque,
    add_refusal,
    close_content,
    emit_message,
    reasoning_text,
)
from dragoman.dialects.openai_chat.marks import form_of, is_minted, report_foreign, wire_fields
from dragoman.dialects.openai_chat.outlet import Outlet, message_cache
from dragoman.dialects.openai_chat.parse_content import read_thinking
from dragoman.model.content import Audio, Opaque, Reasoning, Refusal, Text, ToolCall, ToolResult, read_only_text
from dragoman.model.request import Turn, read_bare
from dragoman.wire.json_read import Fields


def emit_turns(turns: list[Turn], outlet: Outlet) -> list[Fields]:
    """All messages, in order."""
    messages: list[Fields] = []
    moved: list[Fields] = []
    for index, turn in enumerate(turns):
        role = turn.role
        if moved and role != "tool":
            messages.append({"role": "user", "content": moved})
            moved = []
        text = None if role == "tool" else read_bare(turn)
        if text is not None:
            messages.append({"role": role if role != "developer" else _emit_role(turn, outlet), "content": text})
        elif role == "tool":
            _emit_results(turn, outlet, f"turns[{index}]", messages, moved)
        elif role == "assistant":
            messages.append(_emit_assistant(turn, outlet, f"turns[{index}]"))
        else:
            messages.append(_emit_plain(turn, outlet, f"turns[{index}]"))
    if moved:
        messages.append({"role": "user", "content": moved})
    return messages


def _emit_role(turn: Turn, outlet: Outlet) -> str:
    return "system" if turn.role == "developer" and not outlet.profile.developer_role else turn.role


def _emit_plain(turn: Turn, outlet: Outlet, path: str) -> Fields:
    """System, developer and user: all content. A single text is a string unless the caller wrote a list."""
    content = emit_parts(turn.parts, outlet, f"{path}.parts")
    is_list = form_of(turn.extras).get("content") == "list" or len(content) > 1
    message: Fields = {"role": _emit_role(turn, outlet), "content": close_content(content, is_list)}
    if message["content"] is None:
        message["content"] = ""
    return _finish(message, turn, outlet, path)


def _emit_assistant(turn: Turn, outlet: Outlet, path: str) -> Fields:
    return _finish(emit_message(turn.parts, turn.extras, _HISTORY, outlet, path), turn, outlet, path)


def _finish(message: Fields, turn: Turn, outlet: Outlet, path: str) -> Fields:
    if turn.name is not None:
        message["name"] = turn.name
    cache = message_cache(turn.parts)
    if cache is not None:
        message["cache_control"] = cache
    if turn.extras is not None:
        outlet.put_extras(message, turn.extras, path)
    return message


# -- results of tools ------------------------------------------------------------------------------------------------


def _emit_results(turn: Turn, outlet: Outlet, path: str, messages: list[Fields], moved: list[Fields]) -> None:
    for index, part in enumerate(turn.parts):
        here = f"{path}.parts[{index}]"
        if isinstance(part, ToolResult):
            messages.append(_emit_result(part, outlet, here, moved))
        else:
            outlet.lose(here, "Only results of tools have a place in a tool's turn.")
    if turn.extras is not None:
        outlet.put_extras({}, turn.extras, path)


def _emit_result(part: ToolResult, outlet: Outlet, path: str, moved: list[Fields]) -> Fields:
    form = form_of(part.extras)
    if part.is_error:
        outlet.lose(f"{path}.is_error", "That the tool failed is told by the text alone.", "approximated")
    is_list = form.get("content") == "list"
    said: Any = None if is_list else read_only_text(part.parts)
    if said is None:
        content = emit_parts(part.parts, outlet, f"{path}.parts")
        said = content if is_list else _part_ways(part, content, outlet, path, moved)
    if "legacy" in form:
        return {"role": "function", "name": part.name, "content": said}
    call_id = emit_call_id(part.call_id, outlet, f"{path}.call_id")
    message: Fields = {"role": "tool", "tool_call_id": call_id, "content": said}
    if "named" in form:
        message["name"] = part.name
    return outlet.put_marks(message, part.cache, part.extras, path)


def _part_ways(part: ToolResult, content: list[Fields], outlet: Outlet, path: str, moved: list[Fields]) -> Any:
    """Texts stay, media move."""
    texts = [wire for wire in content if wire.get("type") == "text"]
    media = [wire for wire in content if wire.get("type") != "text"]
    if media:
        outlet.lose(path, "Media of a tool's result stand in the next user message.", "moved")
        moved += [{"type": "text", "text": f"From the result of tool call {part.call_id}:"}, *media]
        if not texts:
            return "The result is in the next user message."
    said = close_content(texts, is_list=False, separator="\n")
    return "" if said is None else said


# -- what an assistant said before -----------------------------------------------------------------------------------


def _add_reasoning(draft: Draft, part: Reasoning, path: str) -> None:
    """Past thinking goes back only to who wants it; tokens only to who made them."""
    outlet = draft.outlet
    is_own = is_minted(part.extras)
    if not outlet.profile.replay_reasoning:
        outlet.lose(path, "The target takes no past thinking.")
        return
    if not is_own and (part.signature or part.redacted or part.encrypted):
        outlet.lose(path, "Only its maker can read the token of this thinking.", "stripped_token")
    if part.cache is not None:
        outlet.lose(f"{path}.cache")
    if part.extras is not None:
        report_foreign(part.extras, outlet.losses, f"{path}.")
    form = form_of(part.extras)
    if "part" in form and read_thinking(form["part"]) == part.text:
        draft.content.append(form["part"])
        return
    details = wire_fields(part.extras).get("reasoning_details")
    if details:
        draft.extend("reasoning_details", details)
    text = reasoning_text(part)
    names = form.get("fields") or ([] if details or not text else [outlet.profile.reasoning_field])
    for name in names:
        _put_reasoning(draft, name, text)


def _put_reasoning(draft: Draft, name: str, text: str) -> None:
    if name == "thinking_part":
        draft.content.append({"type": "thinking", "thinking": [{"type": "text", "text": text}]})
    elif name == "reasoning_details":
        draft.extend(name, [{"type": "reasoning.text", "text": text}])
    else:
        draft.extend(name, text)


def _add_call(draft: Draft, part: ToolCall, path: str) -> None:
    """No arguments are written as an empty object: servers parse what they get."""
    if not part.arguments and part.kind == "function":
        part = msgspec.structs.replace(part, arguments="{}")
    add_call(draft, part, path)


_HISTORY: dict[type, Add] = {
    Text: add_content,
    Refusal: add_refusal,
    Reasoning: _add_reasoning,
    Audio: add_audio,
    ToolCall: _add_call,
    Opaque: add_opaque,
}
