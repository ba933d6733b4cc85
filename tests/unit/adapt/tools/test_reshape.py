"""Events with calls where text was."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import msgspec
import pytest

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.prompt import tell_tools
from dragoman.adapt.tools.reshape import ToolReshape
from dragoman.adapt.unmet import UnmetError
from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import Image, InlineData, Reasoning, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import Request, ToolChoice, Turn
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.stream_grammar import check_events
from tests.tool_texts import TOOLS

REQUEST = Request("m", [Turn("user", [Text("Hi")])], tools=[*TOOLS])
CALL = FORMS["hermes"].write_calls([("get_weather", '{"city": "Rome"}')])
ROME = ToolCall("call_0", "get_weather", '{"city":"Rome"}')


class Shop:
    """A reshape, and what it has let through."""

    def __init__(self, form: str = "hermes", **changes: Any) -> None:
        request = msgspec.structs.replace(REQUEST, **changes)
        self.losses: list[Loss] = []
        _, plan = tell_tools(request, form, self.losses)
        assert plan is not None
        numbers = count()
        self.reshape = ToolReshape(request, plan, lambda: f"call_{next(numbers)}", self.losses)
        self.events: list[s.StreamEvent] = []

    def hear(self, *events: s.StreamEvent) -> list[s.StreamEvent]:
        passed = self.reshape.feed(list(events))
        self.events += passed
        return passed

    def end(self, reason: str = "stop") -> list[Any]:
        """The end of the answer; its parts."""
        self.hear(s.CandidateEnd(Finish(reason)), s.UsageReport(Usage(1)), s.StreamEnd())  # type: ignore[arg-type]
        self.events += self.reshape.finish()
        check_events(self.events)
        (candidate,) = assemble(self.events).candidates
        self.finish = candidate.finish
        return candidate.parts


def text(said: str, part: int = 0) -> list[s.StreamEvent]:
    return [s.TextStart(part), s.TextDelta(part, said), s.TextEnd(part)]


START = s.StreamStart("id", "m")


def test_calls_become_parts_and_the_answer_ends_with_them() -> None:
    shop = Shop()
    shop.hear(START, *text(f"Look.\n{CALL}\n{CALL}"))
    parts = shop.end()
    assert parts == [Text("Look."), ROME, msgspec.structs.replace(ROME, id="call_1")]
    assert shop.finish == Finish("tool_calls")


def test_an_answer_that_was_cut_says_so() -> None:
    shop = Shop()
    shop.hear(START, *text(CALL[:-20]))
    (call,) = shop.end("length")
    assert isinstance(call, ToolCall)
    assert shop.finish.reason == "length"


@pytest.mark.parametrize("form", ["hermes", "qwen_xml", "llama_pythonic", "mistral", "dragoman"])
def test_arguments_that_were_cut_off_do_not_look_whole(form: str) -> None:
    """Else a file would be written of which half is missing."""
    written = FORMS[form].write_calls([("write_file", '{"path": "a.py", "content": "one two three"}')])
    shop = Shop(form)
    shop.hear(START, *text(written[: written.index("two")]))
    (call,) = shop.end("length")
    with pytest.raises(ValueError, match="Unterminated string"):
        json.loads(call.arguments)
    whole = Shop(form)
    whole.hear(START, *text(written[: written.index("two")]))
    (call,) = whole.end("stop")
    assert json.loads(call.arguments)["path"] == "a.py"


def test_free_text_that_was_cut_off_is_what_there_is_of_it() -> None:
    shop = Shop("dragoman")
    shop.hear(START, *text('<tool_call name="patch">\n{"input": "*** Begin'))
    (call,) = shop.end("length")
    assert (call.kind, call.arguments) == ("custom", "*** Begin")


def test_an_answer_without_calls_stays_what_it_was() -> None:
    shop = Shop()
    shop.hear(START, s.TextStart(0), s.TextDelta(0, "Yes"), s.TextDelta(0, ". \n"), s.TextEnd(0, "signed"))
    assert shop.end() == [Text("Yes. \n", signature="signed")]
    assert shop.finish == Finish("stop")


def test_other_parts_pass_and_are_numbered_anew() -> None:
    picture = Image(InlineData("image/png", "AAAA"))
    shop = Shop()
    shop.hear(START, s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0), *text(f"a {CALL} b", 1))
    shop.hear(s.PartDone(2, picture), s.ToolCallStart(3, "x", "own"), s.ToolCallDelta(3, "{}"), s.ToolCallEnd(3))
    assert shop.end() == [Reasoning("hm"), Text("a"), ROME, Text(" b"), picture, ToolCall("x", "own", "{}")]


def test_free_text_is_handed_over_as_text() -> None:
    shop = Shop()
    shop.hear(START, *text(FORMS["hermes"].write_calls([("patch", '{"input": "a\\n\\"b\\""}')])))
    assert shop.end() == [ToolCall("call_0", "patch", 'a\n"b"', "custom")]


def test_candidates_do_not_mix() -> None:
    shop = Shop()
    shop.hear(START, s.TextStart(0), s.TextStart(1, 1), s.TextDelta(0, CALL[:30]), s.TextDelta(1, "no"))
    shop.hear(s.TextDelta(0, CALL[30:]), s.CandidateEnd(Finish("stop"), 1), s.CandidateEnd(Finish("stop"), 0))
    one, other = assemble(shop.events).candidates
    assert (one.parts, one.finish.reason) == ([ROME], "tool_calls")
    assert (other.parts, other.finish.reason) == ([Text("no")], "stop")


def test_calls_beyond_the_one_that_is_allowed_are_told_as_lost() -> None:
    shop = Shop(parallel_tool_calls=False)
    shop.hear(START, *text(CALL + CALL))
    assert shop.end() == [ROME]
    assert shop.losses[-1].code == "dropped"


def test_where_a_call_is_required_nothing_is_said_before_it_begins() -> None:
    shop = Shop(tool_choice=ToolChoice("required"))
    assert shop.hear(START, *text("Well, ")[:2]) == [START]
    assert [type(event) for event in shop.hear(s.TextDelta(0, CALL))][:3] == [s.TextStart, s.TextDelta, s.TextEnd]
    assert shop.end() == [Text("Well,"), ROME]


def test_a_required_call_that_does_not_come_is_asked_for() -> None:
    shop = Shop(tool_choice=ToolChoice("required"))
    shop.hear(START, *text("No, I will not."))
    with pytest.raises(UnmetError) as caught:
        shop.end()
    assert Turn("assistant", [Text("No, I will not.")], shorthand=True) in caught.value.correction.turns


def test_only_the_tool_that_is_named_may_be_called() -> None:
    shop = Shop(tool_choice=ToolChoice("required", ["list_all"]))
    shop.hear(START, *text(CALL))
    with pytest.raises(UnmetError):
        shop.end()
