"""Conversations as plain text."""

from __future__ import annotations

from dragoman.adapt.context.transcript import PART_CHARACTERS, write_instruction, write_transcript
from dragoman.model.content import Image, Reasoning, Refusal, RemoteUrl, Text
from dragoman.model.request import Turn
from tests.unit.adapt.context.talk import answer, call, say


def test_everybody_is_heard_with_calls_and_results() -> None:
    turns = [say("user", "Read."), call(1), answer(1, words=2), Turn("assistant", [Refusal("No more.")])]
    assert write_transcript(turns, "") == (
        'User: Read.\n\nAssistant: Step 1.\n(calls read) {"page": 1}\n\n'
        "Tool: (result of c1) Page 1: water water \n\nAssistant: No more."
    )


def test_thoughts_are_left_out_and_pictures_are_named() -> None:
    turns = [Turn("assistant", [Reasoning("hm")]), Turn("user", [Image(RemoteUrl("https://example.org/a.png"))])]
    assert write_transcript(turns, "") == "User: (image)"


def test_what_was_summed_up_before_stands_before() -> None:
    assert write_transcript([say("user", "And?")], "They met {summary}.").startswith(
        "The summary of what came before:\nThey met {summary}.\n\nWhat followed:\nUser: And?"
    )


def test_a_long_part_is_cut_in_its_middle() -> None:
    text = write_transcript([Turn("user", [Text("a" * 10_000 + "z" * 10_000)])], "")
    assert len(text) < PART_CHARACTERS + 100
    assert text.endswith("zzz")
    assert "aaa\n[…]\nzzz" in text


def test_the_instruction_names_a_length() -> None:
    assert "no more than 400 words" in write_instruction(600)
