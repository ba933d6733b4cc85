"""Which source files lack a test file of their own: `src/dragoman/a/b.py` has `tests/unit/a/test_b.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from tests.architecture.source import Finding, Source

HOUSE = PurePosixPath("src/dragoman")
UNIT = PurePosixPath("tests/unit")


def find_untested(sources: Mapping[str, Source]) -> Iterator[Finding]:
    """A file without a twin, or whose twin tests nothing."""
    for source in sources.values():
        path = PurePosixPath(source.path)
        if path.suffix != ".py" or HOUSE not in path.parents or is_trivial(source):
            continue
        twin = sources.get(str(twin_of(path)))
        if twin is None:
            yield source.finding(1, f"{twin_of(path)} is missing")
        elif (
            not any(function.node.name.startswith("test_") for function in twin.functions)
            and ".TestCase" not in twin.text
        ):
            yield source.finding(1, f"{twin_of(path)} tests nothing")


def twin_of(path: PurePosixPath) -> PurePosixPath:
    return UNIT / path.relative_to(HOUSE).parent / f"test_{path.stem.strip('_')}.py"


def is_trivial(source: Source) -> bool:
    """A file that only declares: names, types, protocols, and classes without a function that does anything (the
    model's Structs, an `__init__.py` that says what the room is for). Nothing in it could go wrong at run time."""
    plain = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.ClassDef)
    functions = (node for node in ast.walk(source.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return all(isinstance(node, plain) for node in source.tree.body) and all(map(_is_declared_only, functions))


def _is_declared_only(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in function.body)
