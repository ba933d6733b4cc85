"""What /proc says, in the kernel's own format."""

from __future__ import annotations

import os
import time

import pytest

from bench.proc import (
    Memory,
    Stat,
    parse_rollup,
    parse_stat,
    parse_waiting,
    read_cpu_seconds,
    read_memory,
    read_waiting_seconds,
    select_tree,
)

STAT = (
    "4451 (nginx: (worker) ) S 4450 4450 4450 0 -1 4194624 1204 0 0 0 317 642 5 7 20 0 1 0 350917 13737984 1512 "
    "18446744073709551615 1 1 0 0 0 0 0 1073745920 402745863 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
ROLLUP = """\
56111fe82000-7fff1dbbc000 ---p 00000000 00:00 0                          [rollup]
Rss:               37888 kB
Pss:               24576 kB
Pss_Dirty:           116 kB
Shared_Clean:       1024 kB
"""


def test_a_program_may_have_spaces_and_parentheses_in_its_name() -> None:
    assert parse_stat(STAT) == Stat(pid=4451, parent_pid=4450, cpu_ticks=317 + 642)


def test_the_time_of_children_that_were_waited_for_is_not_counted_twice() -> None:
    assert parse_stat("7 (a) S 1 7 7 0 -1 0 0 0 0 0 1 2 400 500 20 0 1 0 9 9 9\n").cpu_ticks == 3


def test_a_tree_holds_grandchildren_and_no_strangers() -> None:
    stats = [Stat(5, 4, 50), Stat(1, 0, 1), Stat(4, 3, 40), Stat(3, 1, 30), Stat(9, 1, 90)]
    assert [stat.pid for stat in select_tree(stats, 3)] == [3, 4, 5]


def test_the_tree_of_a_process_that_has_gone_is_empty() -> None:
    assert select_tree([Stat(1, 0, 1)], 77) == []


def test_memory_is_read_in_megabytes() -> None:
    assert parse_rollup(ROLLUP) == Memory(resident_mb=37.0, proportional_mb=24.0)


def test_our_own_cpu_time_grows_with_our_own_work() -> None:
    before = read_cpu_seconds(os.getpid())
    started = time.process_time()
    while time.process_time() - started < 0.05:
        sum(range(1000))
    assert read_cpu_seconds(os.getpid()) - before == pytest.approx(time.process_time() - started, abs=0.03)


def test_we_ourselves_take_some_memory() -> None:
    memory = read_memory(os.getpid())
    assert memory.resident_mb >= memory.proportional_mb > 1


def test_waiting_for_a_core_is_told_in_nanoseconds() -> None:
    assert parse_waiting("82041234 1500000000 137\n") == 1.5
    assert read_waiting_seconds(os.getpid()) >= 0
