"""The bench's own choice among many: it is a choice, and its cost is told."""

from __future__ import annotations

from bench.routing import CHOICE, KEYS_PER_PROVIDER, PROVIDERS, SINGLE, TARGETS, build_chooser, load_board, time_call


def test_the_route_that_is_measured_has_twenty_targets_and_fifty_keys() -> None:
    board = load_board()
    assert len(board.resolver.resolve(CHOICE).targets) == TARGETS == 20
    assert PROVIDERS * KEYS_PER_PROVIDER == 50
    assert [len(pool.keys) for pool in board.pools.values()] == [1, 25, 25]


def test_every_key_gets_its_conversations_and_gives_itself_back() -> None:
    board = load_board()
    choose = build_chooser(board, CHOICE)
    for _ in range(500):
        choose()
    pools = [board.pools[f"pool-{number}"] for number in range(PROVIDERS)]
    assert all(key.in_flight == 0 for pool in pools for key in pool.keys)
    used = [sum(key.last_success > 0 for key in pool.keys) for pool in pools]
    assert used == [KEYS_PER_PROVIDER, KEYS_PER_PROVIDER]


def test_the_time_of_a_call_is_told_in_microseconds() -> None:
    board = load_board()
    assert 0 < time_call(build_chooser(board, SINGLE)) < 1000
