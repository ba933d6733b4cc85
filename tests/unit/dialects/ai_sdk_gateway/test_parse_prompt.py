"""Messages to turns."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_prompt import parse_prompt
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Text, ToolCall
from dragoman.model.request import Turn

EPHEMERAL = {"anthropic": {"cacheControl": {"type": "ephemeral"}}}


def turns(*messages: Any) -> list[Turn]:
    return parse_prompt({"prompt": list(messages)}, frozenset())


def test_each_role_is_a_turn() -> None:
    said = [{"type": "text", "text": "Hi."}]
    result = {"type": "tool-result", "toolCallId": "c", "toolName": "t", "output": {"type": "text", "value": "ok"}}
    parsed = turns(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": said},
        {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c", "toolName": "t", "input": {}}]},
        {"role": "tool", "content": [result]},
    )
    assert [turn.role for turn in parsed] == ["system", "user", "assistant", "tool"]
    assert parsed[0] == Turn("system", [Text("Be brief.")], shorthand=True)
    assert parsed[2].parts == [ToolCall("c", "t", "{}")]


def test_a_breakpoint_on_a_message_holds_for_its_last_part() -> None:
    parts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    (turn,) = turns({"role": "user", "content": parts, "providerOptions": EPHEMERAL})
    assert [getattr(part, "cache", None) for part in turn.parts] == [None, CacheBreakpoint()]
    (empty,) = turns({"role": "user", "content": [], "providerOptions": EPHEMERAL})
    assert empty.parts == []


def test_other_options_of_a_message_are_kept_for_the_losses() -> None:
    (turn,) = turns({"role": "system", "content": "Hi.", "providerOptions": {"acme": {"x": 1}}})
    assert turn.extras == {"ai_sdk_gateway": {"providerOptions.acme.x": 1}}


def test_an_approval_is_refused_by_name() -> None:
    with pytest.raises(DragomanError, match="tool-approval-response") as caught:
        turns({"role": "tool", "content": [{"type": "tool-approval-response", "approvalId": "a", "approved": True}]})
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "prompt[0].content[0]")


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"role": "wizard", "content": []}, "prompt[0].role"),
        ({"role": "user", "content": "text"}, "prompt[0].content"),
        ({"role": "user", "content": [{"type": "reasoning", "text": ""}]}, "prompt[0].content[0].type"),
        ({"role": "user", "content": [{"type": "text"}]}, "prompt[0].content[0].text"),
        ({"role": "system", "content": []}, "prompt[0].content"),
    ],
)
def test_what_is_wrong_is_named(message: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        turns(message)
    assert caught.value.path == path
