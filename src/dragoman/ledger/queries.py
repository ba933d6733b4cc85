"""SQL is written in files, never put together: queries by their names, migrations by their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from sqlite3 import complete_statement

import msgspec

FOLDER = Path(__file__).with_name("sql")

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Migration(msgspec.Struct, frozen=True):
    """One step from an older layout to a newer."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def load_queries(file: str = "queries.sql") -> dict[str, str]:
    """The queries of a file; without a name, the ledger's."""
    pieces = _NAME.split((FOLDER / file).read_text(encoding="utf-8"))[1:]
    return {name: text.strip() for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


@cache
def load_migrations(folder: str = "") -> tuple[Migration, ...]:
    """All steps in their order; without a name, the ledger's. Files are named `NNNN-what-it-brings.sql`."""
    return tuple(
        Migration(int(path.name[:4]), path.stem[5:], tuple(split_statements(path.read_text(encoding="utf-8"))))
        for path in sorted((FOLDER / folder).glob("[0-9][0-9][0-9][0-9]-*.sql"))
    )


def split_statements(text: str) -> Iterator[str]:
    """The statements of a file, one by one."""
    gathered = ""
    for line in text.splitlines(keepends=True):
        gathered += line
        if complete_statement(gathered):
            yield gathered.strip()
            gathered = ""
