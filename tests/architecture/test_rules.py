"""The tree obeys the rules, the rules bite, and no exception outlives its need."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from tests.architecture.exceptions import EXCEPTIONS
from tests.architecture.rules import RULES, check_all, check_rule
from tests.architecture.samples import SAMPLES, Sample
from tests.architecture.source import Finding, Source, read_sources
from tests.architecture.twins import find_untested

NAMES = [rule.name for rule in RULES] + ["untested"]


@cache
def findings_by_key() -> dict[str, list[Finding]]:
    findings = defaultdict(list)
    for key, finding in check_all(read_sources()):
        findings[key].append(finding)
    return dict(findings)


def found(sample: Sample, path: str, text: str) -> list[Finding]:
    rule = next(rule for rule in RULES if rule.name == sample.rule)
    return list(check_rule(rule, {path: Source(path, text)}))


@pytest.mark.parametrize("name", NAMES)
def test_the_tree_obeys_the_rule(name: str) -> None:
    broken = [
        f"{key} (line {finding.line}): {finding.words}"
        for key, findings in findings_by_key().items()
        for finding in findings
        if key.startswith(f"{name}: ") and key not in EXCEPTIONS
    ]
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    assert EXCEPTIONS.keys() <= findings_by_key().keys()
    assert all(len(reason.split()) >= 4 for reason in EXCEPTIONS.values())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.rule}-{sample.text[:24]}")
def test_a_rule_catches_its_bad_sample_and_leaves_the_fine_one(sample: Sample) -> None:
    assert found(sample, sample.path, sample.text)
    assert not found(sample, sample.fine_path or sample.path, sample.fine)


def test_every_rule_has_a_bad_sample() -> None:
    assert {sample.rule for sample in SAMPLES} == {rule.name for rule in RULES}


def test_a_source_file_without_a_test_file_is_found() -> None:
    source = Source("src/dragoman/wire/sse.py", "def read(): return 1")
    twin = Source("tests/unit/wire/test_sse.py", "def test_a(): ...")
    idle_twin = Source("tests/unit/wire/test_sse.py", "a = 1")
    assert [finding.place for finding in find_untested({source.path: source})] == [source.path]
    assert list(find_untested({source.path: source, twin.path: idle_twin}))
    assert not list(find_untested({source.path: source, twin.path: twin}))


def test_only_an_init_file_without_code_needs_no_test_file() -> None:
    trivial = Source("src/dragoman/wire/__init__.py", '"""Frames."""\nfrom a import b\n__all__ = ["b"]')
    working = Source("src/dragoman/wire/__init__.py", "def parse(): ...")
    assert not list(find_untested({trivial.path: trivial}))
    assert list(find_untested({working.path: working}))


def test_the_reader_sees_sources_and_pages_but_nothing_that_git_ignores() -> None:
    paths = read_sources().keys()
    assert {"src/dragoman/errors.py", "Makefile", ".ci/run", "CHANGELOG.md", "pyproject.toml"} <= paths
    assert not [path for path in paths if ".venv/" in path or "__pycache__" in path or path.startswith(".git/")]
