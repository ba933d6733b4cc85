"""Figures as text: the sections of `docs/benchmarks.md` and of the README that programs write. Pure.

A section lies between two comments with its name, so that each program replaces its own and leaves the rest alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from bench.cases import UNITS, Case, Kind
from bench.conditions import Conditions
from bench.results import Result, judge, list_excesses

SUMMARY = (
    "chat-chat",
    "messages-chat",
    "single-chat-chat",
    "single-messages-chat",
    "cold-start",
    "memory-idle",
    "memory-streams",
)
"""The cases that the README shows."""
MARKS = {"within": "✓ within", "over": "✗ over", "failed": "failed", "no budget": "–"}
_DIGITS: dict[Kind, int] = {"start": 2, "events": 2, "growth": 2}


def build_page(sections: Mapping[str, str], page: str) -> str:
    """The page with these sections replaced; a section that it lacks comes last."""
    for name, text in sections.items():
        begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
        block = f"{begin}\n\n{text.strip()}\n\n{end}"
        if begin in page and end in page:
            page = page[: page.index(begin)] + block + page[page.index(end) + len(end) :]
        else:
            page = f"{page.rstrip()}\n\n{block}\n"
    return page


def build_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns but the first are set to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|--:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def build_costs(cases: Sequence[Case], results: Mapping[str, Result], kind: Kind) -> str:
    """The table of the cases that are measured against nginx."""
    header = ["way", UNITS[kind], "nginx", "× nginx", "budget", "verdict"]
    if kind == "requests":
        header[4:4] = ["requests/s", "p50", "p99"]
    rows = [_cost_row(case, results[case.name]) for case in cases if case.kind == kind and case.name in results]
    return build_table(header, rows)


def build_others(cases: Sequence[Case], results: Mapping[str, Result]) -> str:
    """The table of everything that nginx is no measure for."""
    rows = [
        [case.title, show_value(case, results[case.name]), show_budget(case), show_verdict(case, results[case.name])]
        for case in cases
        if case.kind not in {"requests", "events"} and case.name in results
    ]
    notes = [
        f"- {case.title}: {results[case.name].note}"
        for case in cases
        if case.name in results and results[case.name].note
    ]
    table = build_table(["what", "measured", "budget", "verdict"], rows)
    return "\n".join([table, "", *notes]).rstrip()


def build_failures(cases: Sequence[Case], results: Mapping[str, Result]) -> str:
    """Why there is no figure, where there is none."""
    return "\n".join(
        f"- {case.title}: {results[case.name].failure}"
        for case in cases
        if case.name in results and results[case.name].failure
    )


def build_conditions(conditions: Conditions) -> str:
    """The conditions as a list."""
    return "\n".join(f"- {name}: {value}" for name, value in conditions.items())


def describe_waiting(results: Mapping[str, Result]) -> Conditions:
    """How much others took from the gateway while it was measured."""
    shares = [result.waiting for result in results.values() if result.waiting is not None]
    if not shares:
        return {}
    typical = f"{statistics.median(shares):.0%} of a run, {max(shares):.0%} in the worst case of the table"
    return {"waiting": f"others kept the gateway from its core for {typical}"}


def build_gateway_section(cases: Sequence[Case], results: Mapping[str, Result], conditions: Conditions) -> str:
    """All of it."""
    parts = [
        build_conditions(conditions | describe_waiting(results)),
        "### Whole answers",
        build_costs(cases, results, "requests"),
        "### Streams",
        build_costs(cases, results, "events"),
        "### Start and memory",
        build_others(cases, results),
    ]
    failures = build_failures(cases, results)
    return "\n\n".join([*parts, *(["### Without a figure", failures] if failures else [])])


def build_summary(cases: Sequence[Case], results: Mapping[str, Result]) -> str:
    """The few lines of it that the README shows."""
    rows = []
    for case in cases:
        if case.name in SUMMARY and case.name in results:
            result = results[case.name]
            ratio = "–" if result.ratio is None else f"{result.ratio:.1f} ×"
            rows.append([case.title, show_value(case, result), ratio, show_budget(case)])
    return build_table(["what", "CPU time or memory", "of nginx's", "budget"], rows)


def show_value(case: Case, result: Result) -> str:
    """The figure with its unit."""
    return "–" if result.failure else f"{result.value:.{_DIGITS.get(case.kind, 0)}f} {UNITS[case.kind]}"


def show_budget(case: Case) -> str:
    """The promise, in the case's unit and as a multiple of nginx."""
    budget = case.budget
    unit = UNITS[case.kind].split(" per ")[0]
    absolute = [f"≤ {budget.absolute:g} {unit}"] if budget.absolute is not None else []
    return ", ".join([*absolute, *([f"≤ {budget.ratio:g} ×"] if budget.ratio is not None else [])]) or "–"


def show_verdict(case: Case, result: Result) -> str:
    """The verdict, and by how much a budget is exceeded."""
    verdict = judge(result, case.budget)
    excess = f" ({'; '.join(list_excesses(result, case.budget))})" if verdict == "over" else ""
    return MARKS[verdict] + excess


def show_line(case: Case, result: Result) -> str:
    """One line for the terminal, as soon as a case is done."""
    if result.failure:
        return f"{case.name:28} {result.failure}"
    ratio = f"{result.ratio:6.2f} × nginx ({result.floor:.1f})" if result.ratio and result.floor else ""
    figure = f"{result.value:9.2f} {UNITS[case.kind]:24}"
    return f"{case.name:28} {figure} {ratio:26} {show_verdict(case, result)}  {result.note}".rstrip()


def _cost_row(case: Case, result: Result) -> list[str]:
    digits = 1 if case.kind == "requests" else 2
    if result.failure:
        blanks = ["–"] * (6 if case.kind == "requests" else 3)
        return [case.title, *blanks, show_budget(case), "failed"]
    row = [case.title, f"**{result.value:.{digits}f}**", f"{result.floor or 0:.{digits}f}", f"{result.ratio or 0:.2f}"]
    if case.kind == "requests":
        row += [f"{result.requests_per_second or 0:,.0f}".replace(",", " ")]
        row += [f"{(seconds or 0) * 1000:.1f} ms" for seconds in (result.p50_seconds, result.p99_seconds)]
    return [*row, show_budget(case), show_verdict(case, result)]
