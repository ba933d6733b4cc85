"""What things may be called. Names of other people's wire formats are strings and are not looked at."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.source import Finding, Source

BANNED_WORDS = frozenset(
    "adapter adapters backend backends common deployment deployments driver drivers helper helpers manager managers"
    " misc util utils vendor vendors".split()
)
VAGUE_VERB = re.compile(r"^_*(handle|process|transform|do)(_|$)")
SENTENCE = re.compile(r"^test(_[a-z0-9]+){2,}$")


def find_banned_words(source: Source) -> Iterator[Finding]:
    """A word that says nothing, or one that the vocabulary replaces, in the name of a module, class or function."""
    names = [(PurePosixPath(source.path).stem, 1)]
    names += [
        (node.name, node.lineno)
        for node in source.nodes
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for name, line in names:
        for word in sorted(words_of(name) & BANNED_WORDS):
            yield source.finding(line, f"the word '{word}'", name)


def words_of(name: str) -> set[str]:
    """`CredentialPool` and `credential_pool` → credential, pool."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def find_vague_verbs(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        if VAGUE_VERB.match(function.node.name):
            yield source.finding(function.node.lineno, "says that it does something, not what", function.name)


def find_terse_tests(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        name = function.node.name
        if "." not in function.name and name.startswith("test") and not SENTENCE.match(name):
            yield source.finding(function.node.lineno, "the name of a test is a sentence", name)
