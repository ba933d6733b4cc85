"""`make bench`: every case against nginx on this machine, then the page and its picture.

    python -m bench.run              all cases, less than ten minutes; writes docs/benchmarks.md, and its part of the README
    python -m bench.run --quick      some cases, shorter, for a first look; writes nothing
    python -m bench.run --only NAME  one case (may be repeated); writes nothing

Exit code 3: a program that is needed is missing. With --check, 1: some case is over its budget or failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bench.cases import CASES, Case, find_case
from bench.chart import Bar, Tone, draw_bars
from bench.conditions import read_conditions
from bench.measure import QUICK, Plan, measure, open_stage
from bench.processes import ROOT, MissingToolError, StartError, orderly_end
from bench.report import build_gateway_section, build_page, build_summary, show_line
from bench.results import Result, judge

PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "benchmarks.svg"
MISSING = 3


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="some cases, shorter")
    parser.add_argument("--only", action="append", metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--check", action="store_true", help="fail if a budget is not kept")
    return parser.parse_args(arguments)


def select_cases(options: argparse.Namespace) -> list[Case]:
    """The cases that were asked for, in the order of the table."""
    if options.only:
        return [case for name in options.only if (case := find_case(name))]
    return [case for case in CASES if case.is_quick or not options.quick]


def select_plan(options: argparse.Namespace) -> Plan:
    return QUICK if options.quick else Plan()


def measure_all(cases: Sequence[Case], plan: Plan) -> dict[str, Result]:
    """One case after the other, each shown as soon as it is done."""
    results = {}
    with open_stage(plan) as stage:
        for case in cases:
            results[case.name] = measure(stage, case)
            print(show_line(case, results[case.name]), flush=True)
    return results


def draw_costs(results: Mapping[str, Result]) -> str:
    """What each way costs, as multiples of nginx."""
    bars = []
    for case in CASES:
        result = results.get(case.name)
        if result is None or result.ratio is None:
            continue
        tone: Tone = "bad" if judge(result, case.budget) == "over" else "good"
        bars.append(Bar(case.title, result.ratio, f"{result.ratio:.1f} ×", tone, case.budget.ratio))
    note = "CPU time, as a multiple of nginx passing the same bytes on. The upright mark is the budget."
    return draw_bars("What a request or an event costs", note, bars)


def write_pages(section: str, text: str, summary: str) -> None:
    """Put a section into `docs/benchmarks.md`, and its short form into the README."""
    for page, content in ((PAGE, text), (README, summary)):
        page.write_text(build_page({section: content}, page.read_text("utf-8")), "utf-8")


def write_picture(path: Path, picture: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    cases, plan = select_cases(options), select_plan(options)
    try:
        conditions = read_conditions(plan, " ".join(["python -m bench.run", *(arguments or sys.argv[1:])]))
        with orderly_end():
            results = measure_all(cases, plan)
    except MissingToolError as error:
        print(error, file=sys.stderr)
        return MISSING
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        document = {"conditions": conditions, "results": results}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(document)))
    if not options.quick and not options.only:
        write_pages("gateway", build_gateway_section(cases, results, conditions), build_summary(cases, results))
        write_picture(PICTURE, draw_costs(results))
    is_sound = all(judge(results[case.name], case.budget) in {"within", "no budget"} for case in cases)
    return 0 if is_sound or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
