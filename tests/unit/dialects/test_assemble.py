"""A stream folded into a response tells the same story."""

from __future__ import annotations

from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import Citation, Image, InlineData, Reasoning, Refusal, Text, ToolCall
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.stream_grammar import check_events

STORY: list[s.StreamEvent] = [
    s.StreamStart("id-1", "m", created_unix=5, usage=Usage(input=3), extras={"a": {"x": 1}}),
    s.ReasoningStart(0, id="rs"),
    s.ReasoningDelta(0, "think "),
    s.ReasoningDelta(0, "hard"),
    s.ReasoningEnd(0, signature="sig"),
    s.TextStart(1),
    s.TextDelta(1, "Hel"),
    s.TextCitation(1, Citation("url", url="https://example.org")),
    s.TextDelta(1, "lo"),
    s.TextEnd(1),
    s.ToolCallStart(2, "c1", "get_weather"),
    s.ToolCallStart(3, "c2", "get_time", kind="custom"),
    s.ToolCallDelta(3, "now"),
    s.ToolCallDelta(2, '{"city":'),
    s.ToolCallDelta(2, '"Paris"}'),
    s.ToolCallEnd(2),
    s.ToolCallEnd(3),
    s.PartDone(4, Image(InlineData("image/png", "AA=="))),
    s.LogprobsDelta({"content": [{"token": "a"}], "refusal": None}),
    s.LogprobsDelta({"content": [{"token": "b"}]}),
    s.UsageReport(Usage(input=3, output=9)),
    s.CandidateEnd(Finish("tool_calls", wire="tool_use")),
    s.StreamEnd(extras={"a": {"y": 2}}),
]


def test_every_kind_of_part_comes_out_in_the_order_of_its_start() -> None:
    check_events(STORY)
    response = assemble(STORY)
    (candidate,) = response.candidates
    assert candidate.parts == [
        Reasoning("think hard", signature="sig", id="rs"),
        Text("Hello", citations=[Citation("url", url="https://example.org")]),
        ToolCall("c1", "get_weather", '{"city":"Paris"}'),
        ToolCall("c2", "get_time", "now", kind="custom"),
        Image(InlineData("image/png", "AA==")),
    ]
    assert candidate.finish == Finish("tool_calls", wire="tool_use")
    assert candidate.logprobs == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}
    assert response.usage == Usage(input=3, output=9)
    assert (response.id, response.model, response.created_unix) == ("id-1", "m", 5)
    assert response.extras == {"a": {"x": 1, "y": 2}}


def test_summaries_keep_their_sections_and_candidates_stay_apart() -> None:
    response = assemble(
        [
            s.StreamStart("i", "m"),
            s.ReasoningStart(0, is_summary=True),
            s.ReasoningDelta(0, "one", section=0),
            s.ReasoningDelta(0, "two", section=1),
            s.ReasoningEnd(0, encrypted="enc"),
            s.RefusalStart(1, candidate=1),
            s.RefusalDelta(1, "No."),
            s.RefusalEnd(1),
            s.CandidateEnd(Finish("refusal"), candidate=1),
            s.CandidateEnd(Finish("stop")),
            s.StreamEnd(),
        ]
    )
    first, second = response.candidates
    assert first.parts == [Reasoning(summary=["one", "two"], encrypted="enc")]
    assert second.parts == [Refusal("No.")]
    assert (first.finish.reason, second.finish.reason) == ("stop", "refusal")


def test_a_stream_that_was_cut_still_gives_what_was_said() -> None:
    response = assemble([s.StreamStart("i", "m"), s.TextStart(0), s.TextDelta(0, "half a")])
    assert response.candidates[0].parts == [Text("half a")]
    assert response.candidates[0].finish.reason == "other"
