"""How much may stand in one place. Complexity is counted by ruff (C901)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Finding, Function, Source

FILE_LINES = 400
FUNCTION_LINES = 50
PARAMETERS = 6


def find_long_files(source: Source) -> Iterator[Finding]:
    lines = source.text.count("\n")
    if lines > FILE_LINES:
        yield source.finding(lines, f"{lines} lines")


def find_long_functions(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        lines = (function.node.end_lineno or 0) - function.node.lineno + 1
        if lines > FUNCTION_LINES:
            yield source.finding(function.node.lineno, f"{lines} lines", function.name)


def find_many_parameters(source: Source) -> Iterator[Finding]:
    for function in source.functions:
        count = count_parameters(function)
        if count > PARAMETERS:
            yield source.finding(function.node.lineno, f"{count} parameters", function.name)


def count_parameters(function: Function) -> int:
    """What a caller may pass: `self` and `cls` are not counted, `*rest` and `**rest` are one each."""
    arguments = function.node.args
    count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
    count += (arguments.vararg is not None) + (arguments.kwarg is not None)
    return count - (function.owner is not None and not is_static(function))


def is_static(function: Function) -> bool:
    decorators = function.node.decorator_list
    return any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in decorators)
