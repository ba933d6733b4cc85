"""Which key a session belongs to: evenly, for ever, and moving as few as possible."""

from __future__ import annotations

from collections import Counter

from dragoman.routing.affinity import LODGING_SECONDS, MAX_LODGINGS, Lodgings, Ranking, hash_session

SESSIONS = [hash_session(b"conversation %d" % number) for number in range(3000)]


def make_ranking(weights: list[float]) -> Ranking:
    return Ranking({f"key-{number}": weight for number, weight in enumerate(weights)})


def homes(weights: list[float]) -> list[int]:
    ranking = make_ranking(weights)
    return [ranking.find_home(session) for session in SESSIONS]


def test_sessions_are_spread_evenly() -> None:
    counts = Counter(homes([1.0] * 6))
    assert all(400 < counts[key] < 600 for key in range(6)), counts


def test_sessions_are_spread_by_weight() -> None:
    counts = Counter(homes([3.0, 1.0]))
    assert 2100 < counts[0] < 2400, counts


def test_a_new_key_takes_its_share_and_moves_nobody_else() -> None:
    before, after = homes([1.0] * 6), homes([1.0] * 7)
    moved = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert {new for _, new in moved} == {6}
    assert len(moved) < len(SESSIONS) / 6


def test_everybody_is_ranked_once() -> None:
    ranking = make_ranking([1.0] * 9)
    assert sorted(ranking.rank(SESSIONS[0])) == list(range(9))
    assert ranking.rank(SESSIONS[0])[0] == ranking.find_home(SESSIONS[0])


def test_the_draw_is_the_same_in_every_process() -> None:
    assert hash_session(b"conversation") == 425888977
    assert make_ranking([1.0] * 5).rank(12345) == [3, 2, 0, 1, 4]


def test_a_session_away_from_home_is_remembered_for_as_long_as_it_comes_back() -> None:
    lodgings = Lodgings()
    assert lodgings.find(7, 0.0) is None
    lodgings.note(7, 3, 0.0)
    assert lodgings.find(7, LODGING_SECONDS - 1) == 3
    assert lodgings.find(7, 2 * LODGING_SECONDS - 2) == 3
    assert lodgings.find(7, 4 * LODGING_SECONDS) is None
    assert len(lodgings) == 0


def test_a_session_that_is_home_again_is_forgotten_and_no_more_than_so_many_are_kept() -> None:
    lodgings = Lodgings()
    for session in range(MAX_LODGINGS + 5):
        lodgings.note(session, 1, 0.0)
    assert len(lodgings) == MAX_LODGINGS
    assert lodgings.find(4, 1.0) is None
    lodgings.forget(9)
    assert lodgings.find(9, 1.0) is None
