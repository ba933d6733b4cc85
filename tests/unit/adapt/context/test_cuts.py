"""Cuts: rarely, in large steps, and in the same places whenever one looks."""

from __future__ import annotations

from dragoman.adapt.context.cuts import replay_cuts


def cuts(costs: list[float], keep: int = 1, room: float = 100, low: float = 60) -> list[int]:
    return replay_cuts(costs, [1] * len(costs), room, low, keep)


def test_nothing_is_cut_while_everything_fits() -> None:
    assert cuts([10] * 10) == []


def test_a_cut_leaves_the_low_share_and_so_the_next_one_is_far_away() -> None:
    assert cuts([10] * 11) == [5]
    assert cuts([10] * 15) == [5]
    assert cuts([10] * 16) == [5, 10]


def test_the_past_of_a_longer_conversation_is_cut_where_it_was_cut() -> None:
    costs = [float(7 + number * 13 % 29) for number in range(200)]
    whole = cuts(costs)
    for length in range(0, 200, 7):
        shorter = cuts(costs[:length])
        assert whole[: len(shorter)] == shorter


def test_the_last_turns_are_kept_even_if_they_do_not_fit() -> None:
    assert cuts([50, 50, 50, 50], keep=4) == []
    assert cuts([50, 50, 50, 50], keep=3) == [1]


def test_a_piece_counts_as_many_turns_as_it_has() -> None:
    assert replay_cuts([50, 50, 50], [2, 2, 2], 100, 60, 3) == [1]
    assert replay_cuts([50, 50, 50], [2, 2, 2], 100, 60, 2) == [2]


def test_the_newest_piece_is_never_left_out() -> None:
    assert cuts([500, 500], keep=1) == [1]
    assert cuts([500], keep=1) == []
