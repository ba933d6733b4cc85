"""The files of the repository as the rules see them: a path, a text and, for Python, a parsed tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

TEXT_SUFFIXES = frozenset(
    ".css .html .js .json .jsonl .md .py .sh .sql .svg .toml .ts .tsx .txt .yaml .yml".split()
)  # fmt: skip
TEXT_NAMES = frozenset({"Makefile", "Dockerfile", ".gitignore", ".dockerignore", ".importlinter", "run"})

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Finding(NamedTuple):
    """One place that breaks a rule. `place` names it without a line number, so that an exception can be made for it."""

    place: str
    line: int
    words: str


class Function(NamedTuple):
    """A function with its dotted name inside the module and, if it is a method, the class that it belongs to."""

    name: str
    node: FunctionNode
    owner: ast.ClassDef | None


class Source:
    """One file. Its path is relative to the repository and written with slashes."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def __repr__(self) -> str:
        return f"<Source {self.path}>"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[Function]:
        """Every function, also methods and functions inside functions."""
        return list(walk_functions(self.tree, "", None))

    def finding(self, line: int, words: str, name: str = "") -> Finding:
        """A finding in this file, at a named thing inside it if there is one."""
        return Finding(f"{self.path}::{name}" if name else self.path, line, words)


def walk_functions(node: ast.AST, prefix: str, owner: ast.ClassDef | None) -> Iterator[Function]:
    """All functions below a node, each with the names of what encloses it."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Function(prefix + child.name, child, owner)
                yield from walk_functions(child, f"{prefix}{child.name}.", None)
            case ast.ClassDef():
                yield from walk_functions(child, f"{prefix}{child.name}.", child)
            case _:
                yield from walk_functions(child, prefix, owner)


def read_sources() -> dict[str, Source]:
    """Every text file of the repository that is not ignored by git, by its path."""
    ignored = ignored_names((ROOT / ".gitignore").read_text("utf-8"))
    paths = sorted(path for path in walk_files(ROOT, ignored) if is_text(path))
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return {name: Source(name, path.read_text("utf-8")) for name, path in zip(names, paths, strict=True)}


def ignored_names(gitignore: str) -> frozenset[str]:
    """The plain names of folders in a .gitignore; `.git` is always one of them."""
    lines = (line.strip() for line in gitignore.splitlines())
    return frozenset({".git"} | {line.strip("/") for line in lines if line.endswith("/")})


def walk_files(folder: Path, ignored: frozenset[str]) -> Iterator[Path]:
    """All files below a folder but for those in ignored folders."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in ignored:
                yield from walk_files(path, ignored)
        elif path.is_file():
            yield path


def is_text(path: Path) -> bool:
    return path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES
