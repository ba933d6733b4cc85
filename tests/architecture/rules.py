"""The rules of the house, one row each: a name, where it holds, and the check.

A check is a pure function on one source. To add a rule, add a row here and a bad sample in `samples.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from tests.architecture import calls, names, shapes, sizes, texts, twins
from tests.architecture.source import Finding, Source

PYTHON = re.compile(r".*\.py")
HOUSE = re.compile(r"src/.*\.py")
TESTS = re.compile(r"tests/(.*/)?(test_\w+|conftest)\.py")
TEXTS = re.compile(r"(?!uv\.lock$).*")
NOT_CORPUS = re.compile(r"(?!uv\.lock$|tests/corpus/).*")


class Rule(NamedTuple):
    """`where` is matched against a whole path."""

    name: str
    where: re.Pattern[str]
    check: Callable[[Source], Iterable[Finding]]


RULES = (
    Rule("file-length", PYTHON, sizes.find_long_files),
    Rule("function-length", PYTHON, sizes.find_long_functions),
    Rule("parameters", HOUSE, sizes.find_many_parameters),
    Rule("docstring", PYTHON, shapes.find_missing_docstrings),
    Rule("global", PYTHON, shapes.find_globals),
    Rule("lazy-import", PYTHON, shapes.find_lazy_imports),
    Rule("async-below-the-shell", HOUSE, shapes.find_async_below_the_shell),
    Rule("catch-all", HOUSE, shapes.find_catch_alls),
    Rule("unwritten", PYTHON, shapes.find_unwritten_code),
    Rule("built-sql", HOUSE, shapes.find_built_sql),
    Rule("banned-call", HOUSE, calls.find_banned_calls),
    Rule("mock", PYTHON, calls.find_mocks),
    Rule("sleep", TESTS, shapes.find_sleeps),
    Rule("test-class", TESTS, shapes.find_test_classes),
    Rule("test-name", TESTS, names.find_terse_tests),
    Rule("word", PYTHON, names.find_banned_words),
    Rule("verb", PYTHON, names.find_vague_verbs),
    Rule("mark", TEXTS, texts.find_marks),
    Rule("silencer", PYTHON, texts.find_silencers),
    Rule("machine-path", NOT_CORPUS, texts.find_machine_paths),
    Rule("registry-host", TEXTS, texts.find_registry_hosts),
)


def check_all(sources: Mapping[str, Source]) -> Iterator[tuple[str, Finding]]:
    """Every finding of every rule, with its key: what an exception has to be named."""
    for rule in RULES:
        for finding in check_rule(rule, sources):
            yield f"{rule.name}: {finding.place}", finding
    for finding in twins.find_untested(sources):
        yield f"untested: {finding.place}", finding


def check_rule(rule: Rule, sources: Mapping[str, Source]) -> Iterator[Finding]:
    for source in sources.values():
        if rule.where.fullmatch(source.path):
            yield from rule.check(source)
