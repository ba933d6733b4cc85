"""What sieves hold back comes before the part ends, in the part that it belongs to."""

from __future__ import annotations

import re

from dragoman.model import stream as s
from dragoman.model.content import Citation, Text
from dragoman.plugins.sieve import Detector, Sieve
from dragoman.plugins.stream_texts import StreamTexts

WORD = (Detector("word", re.compile("secret"), 6, "secrt"),)


def change(*events: s.StreamEvent) -> list[s.StreamEvent]:
    texts = StreamTexts([lambda in_json: Sieve(WORD, lambda *_: "[json]" if in_json else "[text]")])
    return [changed for event in events for changed in texts.change(event)]


def test_what_is_held_back_comes_before_the_end() -> None:
    assert change(s.TextStart(0), s.TextDelta(0, "a sec"), s.TextEnd(0)) == [
        s.TextStart(0),
        s.TextDelta(0, "a "),
        s.TextDelta(0, "sec"),
        s.TextEnd(0),
    ]


def test_parts_that_come_interleaved_have_a_sieve_each() -> None:
    changed = change(
        s.ToolCallStart(0, "1", "f"),
        s.ToolCallStart(1, "2", "g", kind="custom"),
        s.ToolCallDelta(0, '"sec'),
        s.ToolCallDelta(1, "sec"),
        s.ToolCallDelta(0, 'ret"'),
        s.ToolCallDelta(1, "ret."),
        s.ToolCallEnd(0),
        s.ToolCallEnd(1),
    )
    said = {
        part: "".join(one.arguments for one in changed if isinstance(one, s.ToolCallDelta) and one.part == part)
        for part in (0, 1)
    }
    assert said == {0: '"[json]"', 1: "[text]."}


def test_sections_of_a_summary_do_not_run_into_each_other() -> None:
    changed = change(s.ReasoningDelta(0, "sec"), s.ReasoningDelta(0, "ret.", 1), s.ReasoningEnd(0))
    assert changed == [s.ReasoningDelta(0, "sec"), s.ReasoningDelta(0, "ret.", 1), s.ReasoningEnd(0)]


def test_refusals_and_whole_parts_and_citations_are_seen_too() -> None:
    changed = change(
        s.RefusalDelta(0, "no secret."),
        s.RefusalEnd(0),
        s.PartDone(1, Text("secret")),
        s.TextCitation(2, Citation("other", cited_text="secret")),
        s.StreamEnd(),
    )
    assert changed == [
        s.RefusalDelta(0, "no [text]."),
        s.RefusalEnd(0),
        s.PartDone(1, Text("[text]")),
        s.TextCitation(2, Citation("other", cited_text="[text]")),
        s.StreamEnd(),
    ]
