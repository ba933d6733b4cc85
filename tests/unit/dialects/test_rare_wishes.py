"""What few requests ask for is written, refused, or told as a loss, also where it is the only thing that is asked for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import FunctionTool, JsonOutput, ReasoningRequest, Request, Sampling, ToolChoice, Turn

PLAIN = Request("m", [Turn("user", [Text("Hello.")], shorthand=True)], max_output_tokens=9000)
WISHES: dict[str, Any] = {
    "tools": [FunctionTool("f")],
    "tool_choice": ToolChoice("required"),
    "parallel_tool_calls": False,
    "output": JsonOutput(),
    "sampling": Sampling(0.5),
    "max_output_tokens": 50,
    "stop": ["x"],
    "reasoning": ReasoningRequest(effort="low"),
    "verbosity": "low",
    "candidates": 2,
    "logprobs": True,
    "top_logprobs": 2,
    "modalities": ["audio"],
    "stream": True,
    "user": "u",
    "metadata": {"a": "b"},
    "service_tier": "flex",
    "prompt_cache_key": "k",
    "cache": CacheBreakpoint(),
    "store": True,
    "previous_response_id": "resp_1",
    "extras": {"gemini_generate": {"labels": {"a": "b"}}},
}
UNASKED = {"model", "turns", "stream_usage"}
MEANINGLESS = {("anthropic_messages", "parallel_tool_calls")}
"""What means nothing by itself: how many tools at once, where there are none."""


def write(dialect: str, request: Request) -> tuple[bytes, list[Loss]] | None:
    """The body and its losses; None where the request is refused."""
    provider, losses = DIALECTS[dialect].provider, list[Loss]()
    assert provider is not None
    try:
        return provider.emit_request(request, DEFAULT_PROFILE, losses).body, losses
    except DragomanError:
        return None


def test_every_wish_is_in_the_table() -> None:
    assert {*Request.__struct_fields__} == UNASKED | WISHES.keys()


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic_messages"])
def test_a_single_wish_is_never_lost_in_silence(dialect: str, wish: str) -> None:
    asked = msgspec.structs.replace(PLAIN, **{wish: WISHES[wish]})
    differs = write(dialect, asked) != write(dialect, PLAIN)
    assert differs is ((dialect, wish) not in MEANINGLESS)
