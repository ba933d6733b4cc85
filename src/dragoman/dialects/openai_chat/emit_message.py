"""The message of an assistant, gathered from its parts: as history in a request, or as the answer to a client.

Chat has one content, one reasoning and one list of calls for each message, so texts are joined as they come and what
stood between them is told beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.openai_chat.call_ids import emit_call_id
from dragoman.dialects.openai_chat.emit_content import emit_part
from dragoman.dialects.openai_chat.marks import form_of, is_minted, own_fields
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.model.content import Audio, Extras, Opaque, Reasoning, Refusal, StoredFile, ToolCall, read_only_text
from dragoman.wire.json_read import Fields

_PLAIN_TEXT = frozenset({"type", "text"})


class Draft:
    """A message while its parts come in."""

    __slots__ = ("content", "fields", "length", "outlet")

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.content: list[Fields] = []
        self.fields: Fields = {}
        self.length = 0  # characters of text so far

    def extend(self, name: str, value: Any) -> None:
        """Add to a field that holds text or a list."""
        current = self.fields.get(name)
        self.fields[name] = value if current is None else current + value


Add = Callable[[Draft, Any, str], None]


def emit_message(parts: list[Any], extras: Extras | None, table: dict[type, Add], outlet: Outlet, path: str) -> Fields:
    """The message, without its owner's extras. `table` says what becomes of each kind of part."""
    if extras is None and (only := read_only_text(parts)) is not None:
        return {"role": "assistant", "content": only}
    draft = Draft(outlet)
    for index, part in enumerate(parts):
        here = f"{path}.parts[{index}]"
        add = table.get(type(part))
        if add is None:
            outlet.lose(here, f"An assistant's message has no place for {type(part).__name__}.")
        else:
            add(draft, part, here)
    form = form_of(extras)
    message = {"role": "assistant", "content": close_content(draft.content, form.get("content") == "list")}
    message.update(draft.fields)
    for name, value in form.get("empty", {}).items():
        if message.get(name) is None:
            message[name] = value
    return message


def close_content(content: list[Fields], is_list: bool, separator: str = "") -> Any:
    """Plain texts as one string, None for none; anything else as a list."""
    if is_list:
        return content
    if not content:
        return None
    if all(part.keys() == _PLAIN_TEXT for part in content):
        return separator.join([part["text"] for part in content])
    return content


# -- what becomes of a part ------------------------------------------------------------------------------------------


def add_content(draft: Draft, part: Any, path: str) -> None:
    """Parts that are content here too."""
    wire = emit_part(part, draft.outlet, path)
    if wire is not None:
        draft.content.append(wire)


def add_refusal(draft: Draft, part: Refusal, path: str) -> None:
    """The field of its own, unless it came as a part of the content."""
    if form_of(part.extras).get("place") == "content":
        add_content(draft, part, path)
        return
    draft.extend("refusal", part.text)
    if part.extras is not None:
        draft.outlet.put_extras({}, part.extras, path)


def add_audio(draft: Draft, part: Audio, path: str) -> None:
    """What the model spoke: as it came, or as history by its id."""
    if is_own_audio(part):
        draft.outlet.put_extras(draft.fields, part.extras or {}, path)
    elif isinstance(part.source, StoredFile):
        draft.fields["audio"] = {"id": part.source.file_id}
    else:
        draft.outlet.lose(path, "An assistant's audio goes back by its id only.")


def is_own_audio(part: Audio) -> bool:
    """Whether the message's own `audio` object is put by."""
    return "audio" in own_fields(part.extras)


def add_call(draft: Draft, part: ToolCall, path: str) -> None:
    """One entry of `tool_calls`, or the legacy `function_call`."""
    outlet = draft.outlet
    if part.signature is not None and not is_minted(part.extras):
        outlet.lose(f"{path}.signature", code="stripped_token")
    function = {"name": part.name, "arguments": part.arguments}
    if "legacy" in form_of(part.extras):
        draft.fields["function_call"] = function
        return
    wire: Fields = {"id": emit_call_id(part.id, outlet, f"{path}.id"), "type": part.kind}
    if part.kind == "custom":
        wire["custom"] = {"name": part.name, "input": part.arguments}
    else:
        wire["function"] = function
    if part.signature is not None and "extra_content" in form_of(part.extras):
        wire["extra_content"] = form_of(part.extras)["extra_content"]
    draft.extend("tool_calls", [outlet.put_marks(wire, part.cache, part.extras, path)])


def add_opaque(draft: Draft, part: Opaque, path: str) -> None:
    """Parts that only we understand go back into the content."""
    add_content(draft, part, path)


def reasoning_text(part: Reasoning) -> str:
    """The thinking or its summary, in one piece."""
    return part.text or "\n\n".join(part.summary or [])
