"""The grammar of canonical stream events, as `model/stream.py` states it."""

from __future__ import annotations

from dragoman.model import stream as s
from dragoman.model.content import Reasoning, Refusal, Text, ToolCall

STARTS = {s.TextStart: "text", s.ReasoningStart: "reasoning", s.RefusalStart: "refusal", s.ToolCallStart: "tool_call"}
DELTAS = {
    s.TextDelta: "text",
    s.TextCitation: "text",
    s.ReasoningDelta: "reasoning",
    s.RefusalDelta: "refusal",
    s.ToolCallDelta: "tool_call",
}
TOLD = {Text, Reasoning, Refusal, ToolCall}
"""Parts that always come in pieces, be it one: whoever changes or writes streams looks for them there."""

ENDS = {s.TextEnd: "text", s.ReasoningEnd: "reasoning", s.RefusalEnd: "refusal", s.ToolCallEnd: "tool_call"}


def check_events(events: list[s.StreamEvent], *, is_cut: bool = False) -> None:
    """Assert that the events are a legal stream; `is_cut` allows it to stop before its end."""
    open_parts: dict[int, str] = {}
    owners: dict[int, int] = {}
    finished: set[int] = set()
    next_part = 0
    for position, event in enumerate(events):
        kind = type(event)
        assert (kind is s.StreamStart) == (position == 0), f"event {position}: StreamStart stands first and only there"
        if kind in STARTS or isinstance(event, s.PartDone):
            assert event.part == next_part, f"event {position}: parts are numbered in order of their starts"  # type: ignore[union-attr]
            next_part += 1
            assert not isinstance(event, s.PartDone) or type(event.content) not in TOLD, (
                f"event {position}: has a stream"
            )
            candidate = event.candidate  # type: ignore[union-attr]
            assert candidate not in finished, f"event {position}: a finished candidate says no more"
            if kind in STARTS:
                open_parts[event.part] = STARTS[kind]  # type: ignore[union-attr]
                owners[event.part] = candidate  # type: ignore[union-attr]
        elif kind in DELTAS:
            assert open_parts.get(event.part) == DELTAS[kind], f"event {position}: {event} outside its part"  # type: ignore[union-attr]
        elif kind in ENDS:
            assert open_parts.pop(event.part, None) == ENDS[kind], f"event {position}: {event} ends nothing"  # type: ignore[union-attr]
        elif isinstance(event, s.CandidateEnd):
            assert event.candidate not in finished, f"event {position}: a candidate ends once"
            assert all(owners[part] != event.candidate for part in open_parts), f"event {position}: parts still open"
            finished.add(event.candidate)
        elif isinstance(event, s.StreamEnd):
            assert position == len(events) - 1, f"event {position}: nothing follows StreamEnd"
            assert not open_parts, f"parts {sorted(open_parts)} never ended"
            assert finished, "a stream ends with at least one finished candidate"
    if not is_cut:
        assert events, "an empty stream is a cut one"
        assert isinstance(events[-1], s.StreamEnd), "a stream that came to its end says so"
