"""Conversations made shorter: what has to stay stays, and what is done is done in the same way each time."""

from __future__ import annotations

from itertools import pairwise

from dragoman.adapt.context.conversation import DROPPED, DROPPED_MIDDLE, Cut
from dragoman.adapt.context.rules import ContextRules
from dragoman.model.content import Text
from dragoman.model.request import Turn
from tests.unit.adapt.context.talk import agent, call, say, talk

RULES = ContextRules(keep_turns=4, result_tokens=30)


def text_of(turn: Turn) -> str:
    return "".join(part.text for part in turn.parts if isinstance(part, Text))


def test_the_oldest_go_and_a_note_says_how_many() -> None:
    whole = talk(agent(100))
    cut = whole.find_oldest(2_000, RULES)
    assert cut is not None
    shorter = whole.leave_out(cut, DROPPED)
    assert shorter.tokens <= 2_000
    assert shorter.turns[0] is whole.turns[0]
    left = len(whole.turns) - (len(shorter.turns) - 1)
    assert (
        text_of(shorter.turns[1])
        == f"[{left} earlier turns of this conversation were left out to fit the context window.]"
    )
    assert shorter.turns[2:] == whole.turns[left + 1 :]
    assert shorter.turns[2] == call(left // 2)


def test_the_note_stands_in_what_the_user_says_there_so_that_speakers_go_on_taking_turns() -> None:
    chat = [say("user" if number % 2 == 0 else "assistant", f"{number} " + "water " * 50) for number in range(41)]
    whole = talk([say("system", "Be brief."), *chat])
    cuts = [Cut(0, 10, (10,)), Cut(0, 11, (11,)), Cut(3, 9, (9,)), Cut(4, 10, (10,))]
    for cut in cuts:
        shorter = whole.leave_out(cut, DROPPED_MIDDLE)
        roles = [turn.role for turn in shorter.turns[1:]]
        assert all(one != other for one, other in pairwise(roles)), cut
        assert sum("were left out here" in text_of(turn) for turn in shorter.turns) == 1
        assert shorter.tokens == talk(shorter.turns).tokens
    assert text_of(whole.leave_out(cuts[0], "({count} turns)").turns[1]).startswith("(10 turns)\n\n10 water")
    assert text_of(whole.leave_out(cuts[2], "({count} turns)").turns[3]).endswith("water \n\n(6 turns)")


def test_costs_follow_the_turns() -> None:
    whole = talk(agent(100))
    cut = whole.find_oldest(2_000, RULES)
    assert cut is not None
    shorter = whole.leave_out(cut, DROPPED)
    assert shorter.tokens == talk(shorter.turns).tokens


def test_a_middle_cut_keeps_the_task() -> None:
    whole = talk(agent(100))
    cut = whole.find_middle(2_000, RULES)
    assert cut is not None
    shorter = whole.leave_out(cut, DROPPED_MIDDLE)
    assert shorter.tokens <= 2_000
    assert shorter.turns[:4] == whole.turns[:4]
    assert shorter.turns[-4:] == whole.turns[-4:]
    assert sum("were left out here" in text_of(turn) for turn in shorter.turns) == 1


def test_a_note_that_holds_the_word_of_its_own_number_is_not_filled_in_twice() -> None:
    whole = talk(agent(100))
    cut = whole.find_oldest(2_000, RULES)
    assert cut is not None
    assert text_of(whole.leave_out(cut, "{count} turns: the {count}").turns[1]).endswith("turns: the {count}")


def test_there_is_no_cut_where_everything_fits_or_nothing_would_help() -> None:
    assert talk(agent(3)).find_oldest(100_000, RULES) is None
    huge = talk([say("user", "water " * 5_000)])
    assert huge.find_oldest(1_000, RULES) is None
    assert huge.find_middle(1_000, RULES) is None


def test_what_the_system_said_takes_room_too() -> None:
    turns = agent(100)
    turns.insert(50, say("system", "Remember the sea. " * 100))
    whole = talk(turns)
    cut = whole.find_oldest(2_000, RULES)
    assert cut is not None
    shorter = whole.leave_out(cut, DROPPED)
    assert shorter.tokens <= 2_000
    assert turns[50] in shorter.turns


def test_results_of_the_last_turns_stay_whole_while_there_is_room() -> None:
    whole = talk(agent(6, words=300))
    trimmed, count = whole.trim_results(1_500, RULES)
    assert count == 4
    assert trimmed.turns[-4:] == whole.turns[-4:]
    assert trimmed.tokens == talk(trimmed.turns).tokens < 1_500
    one, count = whole.trim_results(900, RULES)
    assert count == 5
    assert one.turns[-2:] == whole.turns[-2:]
    assert one.turns[-4:-2] != whole.turns[-4:-2]


def test_where_turns_have_to_go_too_a_share_of_the_room_is_for_long_results() -> None:
    whole = talk(agent(100, words=200))
    trimmed, count = whole.trim_results(3_000, RULES)
    assert count == 98
    assert trimmed.slack == 600
    cut = trimmed.find_oldest(3_000, RULES)
    assert cut is not None
    shorter = trimmed.leave_out(cut, DROPPED)
    assert shorter.turns[-4:] == whole.turns[-4:]
    assert shorter.tokens <= 3_000
    everything, count = whole.trim_results(500, RULES)
    assert count == 100
    assert everything.slack == 100


def test_a_result_that_is_still_whole_does_not_move_the_cut() -> None:
    """Else the cut would move back and forth as results grow old."""
    turns = agent(100, words=200)
    steps = set()
    for end in range(150, 202, 2):
        trimmed, _ = talk(turns[:end]).trim_results(3_000, RULES)
        cut = trimmed.find_oldest(3_000, RULES)
        assert cut is not None
        steps.add(cut.steps)
    longest = max(steps, key=len)
    assert all(longest[: len(one)] == one for one in steps)


def test_chunks_are_what_each_cut_took_away() -> None:
    whole = talk(agent(100))
    cut = whole.find_oldest(2_000, RULES)
    assert cut is not None
    chunks = whole.list_chunks(cut)
    assert len(chunks) == len(cut.steps) > 2
    gone = [turn for chunk in chunks for turn in chunk]
    assert gone == whole.turns[1 : len(gone) + 1]
    assert len(whole.turns) - len(gone) + 1 == len(whole.leave_out(cut, DROPPED).turns)
