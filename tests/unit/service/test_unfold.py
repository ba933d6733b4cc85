"""An answer unfolded into events is the same answer when they are assembled again."""

from __future__ import annotations

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.model.content import Citation, Image, InlineData, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.service.unfold import unfold_response
from tests.stream_grammar import check_events

EXTRAS = {"openai_chat": {"x": 1}}
PARTS: dict[str, Part] = {
    "text": Text("Hello", [Citation("url", "https://a.example")], "sign", extras=EXTRAS),
    "thinking": Reasoning("Hm.", signature="sign", id="r1", extras=EXTRAS),
    "summary": Reasoning(summary=["One.", "Two."], encrypted="secret"),
    "redacted": Reasoning(redacted="hidden"),
    "refusal": Refusal("No."),
    "call": ToolCall("c1", "f", '{"a":1}', "custom", "sign", extras=EXTRAS),
    "call-without-arguments": ToolCall("c1", "f", ""),
    "image": Image(InlineData("image/png", "AAAA")),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_survives(name: str) -> None:
    response = Response("id", "m", [Candidate([PARTS[name]], Finish("stop", wire="stop"))], Usage(1), 7, "flex", EXTRAS)
    assert assemble(unfold_response(response)) == response


def test_several_candidates_survive_with_their_probabilities() -> None:
    candidates = [
        Candidate([Text("a"), PARTS["call"]], Finish("tool_calls"), 0, {"content": [{"token": "a"}]}),
        Candidate([], Finish("length"), 1),
    ]
    response = Response("id", "m", candidates)
    assert assemble(unfold_response(response)) == response


def test_the_events_keep_to_the_grammar_of_streams() -> None:
    response = Response("id", "m", [Candidate(list(PARTS.values()), Finish("stop"))], Usage(1))
    check_events(unfold_response(response))
