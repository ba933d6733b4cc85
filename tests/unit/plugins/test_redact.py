"""Nothing of what is taken out leaves the house, and the caller gets it back, wherever the stream was cut."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Reasoning, Text, ToolCall, ToolResult
from dragoman.model.request import Request, Turn
from dragoman.model.response import Finish
from dragoman.plugins.hooks import Hooks, Occasion
from dragoman.plugins.redact import make_plugin

OCCASION = Occasion("openai", "m", "openai_chat")
EMAIL, CARD, KEY = "ann@example.com", "4111 1111 1111 1111", "sk-abcdefghij0123456789"


def open_hooks(**settings: Any) -> Hooks:
    return make_plugin(settings).open_hooks(OCCASION)


def ask(hooks: Hooks, *texts: str) -> list[str]:
    """What the target gets to see of these texts."""
    redacted = hooks.before_request(Request("m", [Turn("user", [Text(text) for text in texts])]))
    return [part.text for part in redacted.turns[0].parts if isinstance(part, Text)]


def answer(hooks: Hooks, pieces: list[str]) -> str:
    """What the caller gets to see of an answer that comes in these pieces."""
    events: list[s.StreamEvent] = [s.StreamStart("1", "m"), s.TextStart(0)]
    events += [s.TextDelta(0, piece) for piece in pieces]
    events += [s.TextEnd(0), s.CandidateEnd(Finish("stop")), s.StreamEnd()]
    response = assemble(changed for event in events for changed in hooks.on_event(event))
    (part,) = response.candidates[0].parts
    assert isinstance(part, Text)
    return part.text


def test_values_become_stand_ins_numbered_in_their_order() -> None:
    seen = ask(open_hooks(), f"{EMAIL} and bob@example.com", f"again {EMAIL}, {CARD}, {KEY}")
    assert seen == ["[EMAIL_1] and [EMAIL_2]", "again [EMAIL_1], [CARD_1], [SECRET_1]"]


def test_an_answer_has_the_values_again() -> None:
    hooks = open_hooks()
    ask(hooks, f"{EMAIL} {CARD}")
    assert answer(hooks, ["Write to [EMAIL_1] about [CARD_1], not [EMAIL_2]."]) == (
        f"Write to {EMAIL} about {CARD}, not [EMAIL_2]."
    )


@pytest.mark.parametrize("value", [EMAIL, CARD, KEY, "123-45-6789", "10.0.0.1", "+49 30 1234567"])
def test_a_value_is_restored_wherever_its_stand_in_is_cut(value: str) -> None:
    hooks = open_hooks()
    (seen,) = ask(hooks, f"It is {value}!")
    assert value not in seen
    for place in range(len(seen) + 1):
        assert answer(hooks, [seen[:place], seen[place:]]) == f"It is {value}!"
    assert answer(hooks, list(seen)) == f"It is {value}!"


@given(st.lists(st.sampled_from([EMAIL, CARD, KEY, " ", "[", "[EMAIL_", "x", "]", "[EMAIL_1]"])), st.integers(1, 7))
def test_no_value_leaves_and_every_text_comes_back(words: list[str], size: int) -> None:
    text = ", ".join(words)
    hooks = open_hooks()
    (seen,) = ask(hooks, text)
    assert not any(value in seen for value in (EMAIL, CARD, KEY))
    if hooks.listens():
        pieces = [seen[start : start + size] for start in range(0, len(seen), size)]
        assert answer(hooks, pieces) == text
    else:
        assert seen == text


@pytest.mark.parametrize("value", [EMAIL, CARD, KEY, "GB82 WEST 1234 5698 7654 32"])
def test_what_the_model_makes_up_is_redacted_wherever_it_is_cut(value: str) -> None:
    text = f"Mine is {value}."
    for place in range(len(text) + 1):
        hooks = open_hooks(answers=True)
        ask(hooks, "Hi.")
        said = answer(hooks, [text[:place], text[place:]])
        assert value not in said
        assert said.startswith("Mine is [")


def test_what_the_caller_said_is_restored_also_where_answers_are_redacted() -> None:
    hooks = open_hooks(answers=True)
    ask(hooks, EMAIL)
    assert answer(hooks, ["[EMAIL_1] or eve@example.com"]) == f"{EMAIL} or [EMAIL]"


def test_where_nothing_was_taken_out_nobody_listens_and_the_request_is_the_very_same() -> None:
    hooks = open_hooks()
    request = Request("m", [Turn("user", [Text("Hi.")])])
    assert hooks.before_request(request) is request
    assert not hooks.listens()


def test_without_a_way_back_the_kind_is_all_that_is_left() -> None:
    hooks = open_hooks(reversible=False)
    assert ask(hooks, f"{EMAIL} {CARD}") == ["[EMAIL] [CARD]"]
    assert not hooks.listens()


def test_a_conversation_that_goes_on_keeps_its_stand_ins() -> None:
    first = ask(open_hooks(), EMAIL, CARD)
    assert ask(open_hooks(), EMAIL, CARD, "bob@example.com")[:2] == first


def test_texts_that_look_like_stand_ins_are_not_mistaken_for_them() -> None:
    hooks = open_hooks()
    assert ask(hooks, f"[EMAIL_1] is not {EMAIL}") == ["[EMAIL_1] is not [EMAIL_2]"]
    assert answer(hooks, ["[EMAIL_1] [EMAIL_2]"]) == f"[EMAIL_1] {EMAIL}"


def test_calls_results_and_thinking_are_seen_too() -> None:
    hooks = open_hooks()
    turn = Turn("assistant", [Reasoning(EMAIL, signature="s"), ToolCall("1", "mail", json.dumps({"to": EMAIL}))])
    request = Request("m", [turn, Turn("tool", [ToolResult("1", [Text(f"sent to {EMAIL}")])])], user=EMAIL)
    assert EMAIL.encode() not in msgspec.json.encode(hooks.before_request(request))


def test_values_inside_arguments_are_escaped() -> None:
    value = 'the "big" one\\'
    hooks = open_hooks(words=[value])
    ask(hooks, value)
    events: list[s.StreamEvent] = [
        s.ToolCallStart(0, "1", "f"),
        s.ToolCallDelta(0, '{"a":"[WO'),
        s.ToolCallDelta(0, 'RD_1]"}'),
        s.ToolCallEnd(0),
    ]
    changed = [one for event in events for one in hooks.on_event(event)]
    arguments = "".join(one.arguments for one in changed if isinstance(one, s.ToolCallDelta))
    assert json.loads(arguments) == {"a": value}


def test_what_json_in_a_text_has_written_as_escapes_is_seen() -> None:
    hooks = open_hooks(words=["Müller"], detect=["email"])
    said = json.dumps({"name": "Müller", "mail": "jörg.m@example.com", "note": 'a\n"b" \\u0040'})
    escaped = f'{{"to": "ann{chr(92)}u0040example.com"}}'
    seen = ask(hooks, said, escaped, r"C:\users\u00e9")
    assert json.loads(seen[0]) == {"name": "[WORD_1]", "mail": "jö[EMAIL_1]", "note": json.loads(said)["note"]}
    assert json.loads(seen[1]) == {"to": "[EMAIL_2]"}
    assert seen[2] == r"C:\users\u00e9"
    assert answer(hooks, ["Write to [WORD_1]."]) == "Write to Müller."


def test_patterns_and_words_of_ones_own_come_first_and_what_is_allowed_stays() -> None:
    hooks = open_hooks(patterns={"ticket": r"T-\d+"}, words=["Acme"], allow=["ann@example.com"], detect=["email"])
    assert ask(hooks, f"Acme T-12 {EMAIL} bob@example.com {CARD}") == [f"[WORD_1] [TICKET_1] {EMAIL} [EMAIL_1] {CARD}"]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"detect": ["mail"]}, "detect[0]"),
        ({"detect": []}, "detect"),
        ({"patterns": {"a": "(a+)+"}}, "patterns.a"),
        ({"patterns": {"A b": "a"}}, "patterns.A b"),
        ({"unknown": 1}, ""),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_their_path(settings: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as refused:
        make_plugin(settings)
    assert refused.value.path == path
