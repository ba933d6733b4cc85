"""The page: what programs write into it, and what they leave alone."""

from __future__ import annotations

from bench.cases import CASES, find_case
from bench.report import SUMMARY, build_gateway_section, build_page, build_summary, build_table, show_line, show_verdict
from bench.results import Result

SOUND = Result(
    "chat-chat", 61.24, floor=19.5, ratio=3.14, requests_per_second=12345.6, p50_seconds=0.0026, p99_seconds=0.0049
)
SLOW = Result("messages-chat", 121.0, floor=20.0, ratio=6.05, requests_per_second=8000)
BROKEN = Result("chat-messages", failure="status 500")
START = Result("cold-start", 0.456, note="slowest of 5: 0.51 s")
RESULTS = {result.case: result for result in (SOUND, SLOW, BROKEN, START)}
PAGE = "# Benchmarks\n\nProse.\n\n<!-- begin: gateway -->\nold\n<!-- end: gateway -->\n\nMore prose.\n"


def test_a_section_is_replaced_where_it_stands() -> None:
    page = build_page({"gateway": "new\n"}, PAGE)
    assert page.index("Prose.") < page.index("new") < page.index("More prose.")
    assert "old" not in page
    assert build_page({"gateway": "new\n"}, page) == page


def test_a_section_that_is_missing_comes_last_and_the_others_stay() -> None:
    page = build_page({"peers": "theirs"}, PAGE)
    assert "old" in page
    assert page.endswith("<!-- begin: peers -->\n\ntheirs\n\n<!-- end: peers -->\n")


def test_a_table_sets_figures_to_the_right() -> None:
    assert build_table(["a", "b"], [["x", "1"]]) == "| a | b |\n|---|--:|\n| x | 1 |"


def test_the_section_shows_measured_ratio_budget_and_verdict() -> None:
    section = build_gateway_section(CASES, RESULTS, {"date": "2026-11-21"})
    row = next(line for line in section.splitlines() if line.startswith("| chat → chat |"))
    figures = "**61.2** | 19.5 | 3.14 | 12 346 | 2.6 ms | 4.9 ms | ≤ 70 µs, ≤ 3.5 × | ✓ within"
    assert row == f"| chat → chat | {figures} |"
    assert "- date: 2026-11-21" in section
    assert "| cold start to the first answer, without the engine | 0.46 s | ≤ 0.7 s | ✓ within |" in section
    assert "slowest of 5" in section


def test_the_readme_has_a_line_for_each_of_a_few_cases() -> None:
    assert [name for name in SUMMARY if find_case(name) is None] == []
    assert build_summary(CASES, RESULTS).splitlines()[2:] == [
        "| chat → chat | 61 µs per request | 3.1 × | ≤ 70 µs, ≤ 3.5 × |",
        "| messages → chat | 121 µs per request | 6.0 × | ≤ 110 µs, ≤ 5.5 × |",
        "| cold start to the first answer, without the engine | 0.46 s | – | ≤ 0.7 s |",
    ]


def test_conditions_tell_how_much_others_took() -> None:
    results = {name: Result(name, waiting=share) for name, share in (("a", 0.02), ("b", 0.04), ("c", 0.31))}
    section = build_gateway_section([], results, {"date": "2026-11-21"})
    assert "- waiting: others kept the gateway from its core for 4% of a run, 31% in the worst" in section


def test_rows_have_as_many_cells_as_their_table_also_without_a_figure() -> None:
    section = build_gateway_section(CASES, RESULTS, {})
    tables = [block.splitlines() for block in section.split("\n\n") if block.startswith("|")]
    assert [len({line.count("|") for line in table}) for table in tables] == [1] * len(tables)


def test_what_has_no_figure_says_why() -> None:
    section = build_gateway_section(CASES, RESULTS, {})
    assert section.endswith("### Without a figure\n\n- chat → messages: status 500")
    assert "Without a figure" not in build_gateway_section(CASES, {"chat-chat": SOUND}, {})


def test_a_budget_that_is_broken_shows_by_how_much() -> None:
    case = find_case("messages-chat")
    assert case
    assert show_verdict(case, SLOW) == "✗ over (+10 % in nginx's terms; +10 % in absolute terms)"


def test_a_line_for_the_terminal_has_the_figure_or_the_reason() -> None:
    case = find_case("chat-chat")
    assert case
    assert "61.24 µs per request" in show_line(case, SOUND)
    assert "3.14 × nginx (19.5)" in show_line(case, SOUND)
    assert show_line(case, BROKEN).endswith("status 500")
