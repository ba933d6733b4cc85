"""Oversized results: their middle goes, everything else stays as it was."""

from __future__ import annotations

from dragoman.adapt.context.trim import Trimmer
from dragoman.model.content import Image, RemoteUrl, Text, ToolResult
from dragoman.model.request import Turn
from tests.unit.adapt.context.talk import RULER, answer, say


def trim(turns: list[Turn], limit: int = 50) -> tuple[list[Turn], int]:
    trimmer = Trimmer(limit, RULER.count_text)
    return trimmer.trim_turns(turns, range(len(turns))), trimmer.trimmed


def read(turn: Turn) -> str:
    result = turn.parts[0]
    assert isinstance(result, ToolResult)
    part = result.parts[0]
    assert isinstance(part, Text)
    return part.text


def test_beginning_and_end_of_a_long_result_stay_and_a_mark_tells_of_the_rest() -> None:
    (turn,), count = trim([answer(1, words=5_000)])
    text = read(turn)
    assert count == 1
    assert text.startswith("Page 1: water")
    assert text.endswith("water ")
    assert "characters of this result were left out" in text
    assert RULER.count_text(text) < 80
    original = read(answer(1, words=5_000))
    left_out = int(text.partition("[… ")[2].partition(" ")[0])
    head, _, tail = text.partition("\n[…")
    assert len(head) + len(tail.partition("…]\n")[2]) + left_out == len(original)


def test_what_is_short_or_no_result_is_the_same_object() -> None:
    turns = [answer(1, words=5), say("user", "water " * 5_000)]
    trimmed, count = trim(turns)
    assert count == 0
    assert all(new is old for new, old in zip(trimmed, turns, strict=True))


def test_a_turn_that_is_not_named_is_left_alone() -> None:
    turns = [answer(1, words=5_000), answer(2, words=5_000)]
    trimmed = Trimmer(50, RULER.count_text).trim_turns(turns, {1})
    assert trimmed[0] is turns[0]
    assert trimmed[1] is not turns[1]


def test_several_texts_of_a_result_share_its_room_and_pictures_stay() -> None:
    picture = Image(RemoteUrl("https://example.org/a.png"))
    turn = Turn("tool", [ToolResult("c", [Text("water " * 500), picture, Text("fire " * 500), Text("short")])])
    (trimmed,), count = trim([turn], limit=90)
    result = trimmed.parts[0]
    assert isinstance(result, ToolResult)
    assert count == 1
    assert result.parts[1] is picture
    assert result.parts[3] == Text("short")
    assert sum(RULER.count_text(part.text) for part in result.parts if isinstance(part, Text)) < 150


def test_trimming_again_changes_nothing_more() -> None:
    once, _ = trim([answer(1, words=5_000)], limit=200)
    twice, _ = trim(once, limit=400)
    assert twice[0] is once[0]
