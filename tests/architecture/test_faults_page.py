"""The page of faults names tests that there are."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_each_test_of_the_page_is_there() -> None:
    assert len(NAMED) > 30
    for path, name in NAMED:
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^(?:def |async def |class )?{name}\b", text, re.MULTILINE), f"{path}::{name}"


def test_each_fault_says_with_which_bug_its_tests_were_seen_failing() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "`tests/" in line]
    assert len(rows) > 20
    assert [row for row in rows if not row.rstrip("| ").rpartition("|")[2].strip("` ")] == []
    assert [row for row in rows if row.rstrip("| ").endswith("`")] == []
