"""What may stand in no text file, whatever its language.

The words that are looked for are written in pieces here, for this file is searched as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.source import Finding, Source

MARKS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
SILENCERS = re.compile(
    r"pragma:\s*no (cover|branch)|#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:\s*[A-Z])|#\s*ruff:\s*noqa(?!:)"
)
MACHINE_PATHS = re.compile(r"/ro{2}t/|/ho[m]e/|/wor[k]/|/User[s]/|\.\./share[d]\b")
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("proxy", "golang", "org"),
            ("crates", "io"),
            ("deb", "debian", "org"),
            ("repo", "maven", "apache", "org"),
        )
    )
)


def find_marks(source: Source) -> Iterator[Finding]:
    yield from search(source, MARKS)


def find_silencers(source: Source) -> Iterator[Finding]:
    yield from search(source, SILENCERS)


def find_machine_paths(source: Source) -> Iterator[Finding]:
    yield from search(source, MACHINE_PATHS)


def find_registry_hosts(source: Source) -> Iterator[Finding]:
    yield from search(source, REGISTRY_HOSTS)


def search(source: Source, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), 1):
        for found in pattern.finditer(line):
            yield source.finding(number, found.group())
