"""Any legal order of events becomes a legal stream that tells the same parts, in the order of their starts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import Part, Text, ToolCall
from dragoman.model.request import Request
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.grammars.anthropic_messages import check_stream
from tests.stream_grammar import check_events
from tests.trials import trials

Lane = list[s.StreamEvent]
PIECES = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4)


def text_lane(number: int, pieces: list[str]) -> Lane:
    deltas: Lane = [s.TextDelta(number, piece) for piece in pieces]
    return [s.TextStart(number), *deltas, s.TextEnd(number)]


def call_lane(number: int, pieces: list[str]) -> Lane:
    deltas: Lane = [s.ToolCallDelta(number, piece) for piece in pieces]
    return [s.ToolCallStart(number, f"call_{number}", "f"), *deltas, s.ToolCallEnd(number)]


def interleave(lanes: list[Lane], chance: random.Random) -> Lane:
    """The lanes in one stream: each keeps its own order, and they start in the order of their numbers."""
    told: Lane = []
    started = 0
    waiting = [list(lane) for lane in lanes]
    while any(waiting):
        ready = [number for number, lane in enumerate(waiting) if lane and number <= started]
        number = chance.choice(ready)
        started = max(started, number + 1)
        told.append(waiting[number].pop(0))
    return told


@trials(300)
@given(st.lists(st.tuples(st.booleans(), PIECES), max_size=4), st.randoms(use_true_random=False))
def test_parts_that_overlap_come_out_whole_and_in_order(
    parts: list[tuple[bool, list[str]]], chance: random.Random
) -> None:
    lanes = [
        call_lane(number, pieces) if is_call else text_lane(number, pieces)
        for number, (is_call, pieces) in enumerate(parts)
    ]
    body = interleave(lanes, chance)
    end: Lane = [s.UsageReport(Usage()), s.CandidateEnd(Finish("stop")), s.StreamEnd()]
    events: Lane = [s.StreamStart("i", "m"), *body, *end]
    check_events(events)
    emitter = AnthropicClientSide().open_emitter(Request("m", []), [])
    emitted = b"".join(emitter.emit([event]) for event in events)
    check_stream(emitted)
    parser = AnthropicProviderSide().open_parser()
    again = assemble(parser.feed(emitted) + parser.finish()).candidates[0].parts
    wanted: list[Part] = [
        ToolCall(f"call_{number}", "f", "".join(pieces)) if is_call else Text("".join(pieces))
        for number, (is_call, pieces) in enumerate(parts)
    ]
    assert sorted(map(repr, again)) == sorted(map(repr, wanted))
    starts = [event.part for event in body if isinstance(event, s.ToolCallStart)]
    calls = [part.id for part in again if isinstance(part, ToolCall)]
    assert calls == [f"call_{number}" for number in starts]
