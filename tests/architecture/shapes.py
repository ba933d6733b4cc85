"""What a piece of code may be made of, and in which room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Finding, Source

ASYNC_ROOMS = tuple(
    f"src/dragoman/{room}" for room in ("upstream/", "engine/", "ledger/", "service/", "http/", "cli/", "bootstrap/")
)
EDGES = ("src/dragoman/http/", "src/dragoman/cli/", "src/dragoman/service/background.py")
SLEEPS = ("asyncio.sleep", "anyio.sleep", "time.sleep")
CATCH_ALL = frozenset({"Exception", "BaseException"})

SQL = re.compile(
    r"^\s*(select\b.*\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|update\b.*\bset\b|delete\s+from\b"
    r"|(create|drop|alter)\s+(unique\s+)?(table|index|view|trigger)\b|with\b.*\bas\s*\()",
    re.IGNORECASE | re.DOTALL,
)


def find_missing_docstrings(source: Source) -> Iterator[Finding]:
    if not (ast.get_docstring(source.tree) or "").strip():
        yield source.finding(1, "the module does not say what it is for")


def find_globals(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Global):
                yield source.finding(node.lineno, f"global {', '.join(node.names)}", function.name)


def find_lazy_imports(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield source.finding(node.lineno, ast.unparse(node), function.name)


def find_async_below_the_shell(source: Source) -> Iterator[Finding]:
    if source.path.startswith(ASYNC_ROOMS):
        return
    for function in source.functions:
        if isinstance(function.node, ast.AsyncFunctionDef):
            yield source.finding(function.node.lineno, "async def", function.name)


def find_catch_alls(source: Source) -> Iterator[Finding]:
    """A handler that catches everything, at an edge or not, unless it cleans up and lets the exception go on."""
    if source.path.startswith(EDGES):
        return
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type) and not passes_on(node):
            yield source.finding(node.lineno, f"except {ast.unparse(node.type) if node.type else ''}".strip())
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            for argument in filter(catches_all, node.args):
                yield source.finding(node.lineno, f"suppress({ast.unparse(argument)})")


def catches_all(expression: ast.expr | None) -> bool:
    if isinstance(expression, ast.Tuple):
        return any(catches_all(element) for element in expression.elts)
    return expression is None or (isinstance(expression, ast.Name) and expression.id in CATCH_ALL)


def passes_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def find_unwritten_code(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc):
            yield source.finding(node.lineno, "raises NotImplementedError")


def find_built_sql(source: Source) -> Iterator[Finding]:
    """SQL whose text is put together while the program runs: by an f-string, `%`, `+` or `.format`."""
    for node in source.nodes:
        if isinstance(node, ast.expr) and (text := built_text(node)) and SQL.match(text):
            yield source.finding(node.lineno, " ".join(text.split())[:60])


def built_text(node: ast.expr) -> str | None:
    """The fixed parts of a text that is put together from fixed and other parts, with a hole for each of the others."""
    match node:
        case ast.JoinedStr(values=values) if any(isinstance(value, ast.FormattedValue) for value in values):
            return "".join(str(value.value) if isinstance(value, ast.Constant) else " ? " for value in values)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right) if not isinstance(right, ast.Constant):
            return left.value + " ? " if isinstance(left, ast.Constant) and isinstance(left.value, str) else None
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text
        case _:
            return None


def find_test_classes(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield source.finding(node.lineno, "tests are plain functions", node.name)


def find_sleeps(source: Source) -> Iterator[Finding]:
    """A sleep longer than nothing: it is too short on a slow machine and too long on a fast one."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(SLEEPS) and not is_zero(node.args):
            yield source.finding(node.lineno, ast.unparse(node))


def is_zero(arguments: list[ast.expr]) -> bool:
    return bool(arguments) and isinstance(arguments[0], ast.Constant) and arguments[0].value == 0
