"""Vectors of one name tell one story: the same behaviour, in each dialect's own words.

Compared are who speaks, what kinds of parts there are, texts, tools, calls with their arguments, and the end; the order
of the parts within a turn is each dialect's own.
"""

from __future__ import annotations

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.model.request import Request
from dragoman.model.response import Response
from tests.matrix.crossing import NAMES, Form, list_vectors, parse_own, provider_of, read_stream
from tests.matrix.explain import read_facts
from tests.matrix.joining import join_facts
from tests.vector_files import Vector

STORY = frozenset(
    """turns.role turns.text.text turns.image turns.audio turns.video turns.file turns.tool_call.name
    turns.tool_call.arguments turns.tool_result.text.text turns.tool_result.image turns.reasoning.text
    tools.function.name tools.custom.name
    candidates.text.text candidates.image candidates.audio candidates.refusal.text candidates.reasoning.text
    candidates.tool_call.name candidates.tool_call.arguments candidates.finish.reason""".split()
)

OTHER_STORIES: dict[str, str] = {
    "arguments-in-start": "hosts of Anthropic do it with one call, those of Responses with several",
    "audio-output": "in OpenAI's the answer is asked for again by its id, which Gemini does not have",
    "cache-control": "what may carry a breakpoint differs, and Responses has options for the whole instead",
    "cached-usage": "what is cached stands in the system prompt where one is wanted",
    "citations": "each dialect cites something else: a page, files, a document, the results of a search",
    "content-filter": "what was said before the filter",
    "custom-tool": "each shows the tool that its agents use",
    "image-output": "Responses shows the picture sent back, and draws before it speaks",
    "provider-tools": "each shows the tools of its own providers",
    "reasoning": "chat shows the thinking sent back",
    "reasoning-off": "each shows its own way on the shortest request",
    "reasoning-with-tool-call": "Responses sends encrypted thinking back, without text",
    "refusal": "a channel of its own, a stop reason beside the text, or a filter without text",
    "stop-sequence": "only some say that it was a stop sequence",
    "system-mid-conversation": "told in different languages",
    "system-prompt": "Gemini shows system text of several parts",
    "tool-choice": "Gemini shows retrieval settings instead of a second tool",
}
"""Names whose vectors differ in more than form, and why."""


@pytest.mark.parametrize("form", ["request", "response", "stream"])
def test_vectors_of_one_name_tell_one_story(form: Form) -> None:
    different = set()
    for name, stories in gather(form).items():
        if any(story != stories[0] for story in stories):
            different.add(name)
    assert different <= OTHER_STORIES.keys(), "one name, two stories"


def test_no_reason_is_given_for_what_is_the_same() -> None:
    different = {
        name
        for form in ("request", "response", "stream")
        for name, stories in gather(form).items()
        if any(story != stories[0] for story in stories)
    }
    assert OTHER_STORIES.keys() <= different


def gather(form: Form) -> dict[str, list[list[tuple[str, str]]]]:
    """The stories of every name, in the dialects that have it."""
    stories: dict[str, list[list[tuple[str, str]]]] = {}
    for dialect in NAMES:
        for vector in list_vectors(dialect, form):
            stories.setdefault(vector.name, []).append(tell_story(vector, form))
    return stories


def tell_story(vector: Vector, form: Form) -> list[tuple[str, str]]:
    """What a reader would retell."""
    sayings = join_facts(read_facts(read_vector(vector, form), "gemini_generate"))
    story: list[tuple[str, str]] = []
    turn: list[tuple[str, str]] = []
    for saying in sayings:
        if saying.topic == "turns.role":
            story += sorted(turn)
            turn = []
        if saying.topic in STORY:
            turn.append(saying.meaning)
    return story + sorted(turn)


def read_vector(vector: Vector, form: Form) -> Request | Response:
    if form == "request":
        return parse_own(vector.dialect, vector.request or b"")
    if form == "response":
        return provider_of(vector.dialect).parse_response(vector.response or b"")
    return assemble(read_stream(vector.dialect, vector.stream or b""))
