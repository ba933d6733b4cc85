"""What tools and the kernel say of themselves."""

from __future__ import annotations

import pytest

from bench.conditions import parse_cpu_model, parse_tool_version


def test_the_first_processor_names_them_all() -> None:
    assert (
        parse_cpu_model("processor\t: 0\nmodel name\t: AMD EPYC 7B13\nflags\t: a\nmodel name\t: other\n")
        == "AMD EPYC 7B13"
    )


def test_a_processor_without_a_name_is_told_by_its_architecture() -> None:
    assert parse_cpu_model("processor\t: 0\nBogoMIPS\t: 50.00\n")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("nginx version: nginx/1.22.1\n", "1.22.1"),
        ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer\n", "4.1.0"),
        ("no idea", "?"),
    ],
)
def test_a_tool_says_its_version_in_its_own_way(text: str, version: str) -> None:
    assert parse_tool_version(text) == version
