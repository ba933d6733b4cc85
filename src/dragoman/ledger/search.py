"""Looking for exchanges: what is asked, whether a row is meant by it, and a page of what was found. Pure.

Theory of operation. Ten million rows are never read through. Newest first, a search goes from day to day, hour to hour
and minute to minute, only into those of which the sums say that something is there, and gives up after a bounded number
of rows: a page may be short and still say where to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from dragoman.ledger.row import ExchangeRow

MAX_SCANNED = 10_000
CHUNK_ROWS = 500
ANY_ERROR = "any"


class Only(msgspec.Struct, frozen=True):
    """Whose exchanges are meant; None is anybody's, an empty text is nobody's. A model or a credential
    may have its provider before it."""

    principal: str | None = None
    team: str | None = None
    user: str | None = None
    route: str | None = None
    provider: str | None = None
    model: str | None = None
    credential: str | None = None
    tag: str | None = None


EVERYBODY = Only()


class Search(msgspec.Struct, frozen=True):
    """What somebody looks for. `text` may stand anywhere in what a row has names for."""

    only: Only = EVERYBODY
    since_ms: int = 0
    until_ms: int = 2**62
    outcome: str | None = None
    error: str | None = None
    dialect: str | None = None
    session: str | None = None
    text: str = ""
    limit: int = 50


class Position(NamedTuple):
    """Where a page ends: what comes next is older, or as old and was recorded before."""

    started_ms: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.started_ms}.{self.sequence}"


class Page(msgspec.Struct, frozen=True):
    """Newest first. `position` is None at the end of everything; else there may be more beyond it."""

    rows: list[ExchangeRow] = []
    position: Position | None = None


def parse_position(text: str) -> Position | None:
    """A position that was given out before; None for anything else."""
    moment, _, sequence = text.partition(".")
    if not (moment.isdecimal() and sequence.isdecimal() and len(text) <= 40):
        return None
    return Position(int(moment), int(sequence))


Test = Callable[[ExchangeRow], bool]


def build_test(search: Search) -> Test:
    """Whether a row is one of those that are looked for; its time is not looked at."""
    tests = [*_test_only(search.only), *_test_outcome(search)]
    if search.text:
        wanted = search.text.lower()
        tests.append(lambda row: wanted in "\n".join(list_texts(row)).lower())
    return lambda row: all(test(row) for test in tests)


def list_texts(row: ExchangeRow) -> tuple[str, ...]:
    """Everything of a row that a person may remember."""
    names = (row.id, row.principal, row.user, row.team, row.session)
    return (*names, row.route, row.provider, row.model, row.credential, row.error, row.tags, row.losses)


def _test_only(only: Only) -> list[Test]:
    plain = {name: value for name, value in msgspec.structs.asdict(only).items() if value is not None}
    tag = plain.pop("tag", None)
    tests = [_build_named(name, plain.pop(name)) for name in ("model", "credential") if name in plain]
    tests += [_build_equal(name, value) for name, value in plain.items()]
    if tag is not None:
        tests.append(lambda row: tag in row.tags.split(","))
    return tests


def _test_outcome(search: Search) -> list[Test]:
    given = {"outcome": search.outcome, "session": search.session, "client_dialect": search.dialect}
    tests = [_build_equal(name, value) for name, value in given.items() if value is not None]
    if search.error == ANY_ERROR:
        tests.append(lambda row: bool(row.error) or row.outcome in {"failed", "interrupted"})
    elif search.error is not None:
        tests.append(_build_equal("error", search.error))
    return tests


def _build_equal(name: str, value: str) -> Test:
    return lambda row: bool(getattr(row, name) == value)


def _build_named(name: str, value: str) -> Test:
    return lambda row: value in {getattr(row, name), f"{row.provider}/{getattr(row, name)}"}
