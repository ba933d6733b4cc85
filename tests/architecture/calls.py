"""What may be called only in one place, each with its reason.

A reference counts like a call: whoever passes `time.monotonic` on reads the clock too.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.architecture.source import Finding, Source


class Ban(NamedTuple):
    """Dotted names (with `*`), why they are banned, and the rooms that may use them all the same."""

    names: tuple[str, ...]
    reason: str
    rooms: tuple[str, ...] = ()


CLOCK = "src/dragoman/clock.py"
CLI = "src/dragoman/cli/"
CONFIG = "src/dragoman/config/"
ENGINE = "src/dragoman/engine/"
# The floors from `service` up wire things together, and may hand down a source of randomness.
ABOVE = ("src/dragoman/service/", "src/dragoman/http/", "src/dragoman/bootstrap/")
BACKGROUND = "src/dragoman/service/background.py"

BANS = (
    Ban(
        ("asyncio.create_task", "asyncio.ensure_future", "*loop*.create_task"),
        "a task that nobody owns hides its failure and outlives its exchange",
        (BACKGROUND,),
    ),
    Ban(
        ("os.environ", "os.environ.*", "os.environb", "os.getenv"),
        "settings are read once, checked and frozen; nobody else may know where they come from",
        (CONFIG,),
    ),
    Ban(
        ("time.*", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        "time is an argument, so that a test can hold it still",
        (CLOCK, CLI),
    ),
    Ban(
        ("random.[a-z]*", "secrets.token_*", "secrets.choice", "secrets.rand*", "uuid.uuid1", "uuid.uuid4", "os.urandom"),
        "randomness is an argument, so that a test can repeat it",
        (CLOCK, CLI, *ABOVE),
    ),
    Ban(
        ("builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__", "importlib.import_module"),
        "no text may become code, and an import that is not written down escapes the contract of the rooms",
    ),
    Ban(
        ("subprocess", "subprocess.*", "multiprocessing.*", "asyncio.create_subprocess_*", "*loop*.subprocess_*"),
        "no request may start a program",
        (ENGINE, CLI),
    ),
    Ban(
        ("os.system", "os.popen", "os.exec*", "os.spawn*", "os.posix_spawn*", "os.fork*", "pty.*"),
        "no request may start a program",
        (ENGINE, CLI),
    ),
    Ban(("pickle.*", "marshal.*", "shelve.*"), "reading such bytes runs whatever they say"),
)  # fmt: skip

MOCKS = Ban(("unittest.mock", "unittest.mock.*", "mock.*"), "a mock agrees with whatever the code does")


def find_banned_calls(source: Source) -> Iterator[Finding]:
    """Each banned name once a file."""
    for ban in BANS:
        if not source.path.startswith(ban.rooms or ("\0",)):
            yield from find_uses(source, ban)


def find_mocks(source: Source) -> Iterator[Finding]:
    yield from find_uses(source, MOCKS)


def find_uses(source: Source, ban: Ban) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for name, line in references(source):
        if any(fnmatchcase(name, pattern) for pattern in ban.names):
            seen.setdefault(name, line)
    for name, line in seen.items():
        yield source.finding(line, ban.reason, name)


def references(source: Source) -> Iterator[tuple[str, int]]:
    """Every dotted name that the module mentions, as it is called where it comes from."""
    origins = read_origins(source)
    for node in source.nodes:
        match node:
            case ast.ImportFrom(module=str(module), level=0):
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
            case ast.Attribute() | ast.Name():
                if name := origin_of(node, origins):
                    yield name, node.lineno


def read_origins(source: Source) -> dict[str, str]:
    """What each imported name stands for; a builtin stands for itself until the module takes its name."""
    origins = {name: f"builtins.{name}" for name in dir(builtins)}
    for function in source.functions:
        origins.pop(function.name, None)
    for node in source.nodes:
        match node:
            case ast.Import():
                for alias in node.names:
                    origins[alias.asname or top(alias.name)] = alias.name if alias.asname else top(alias.name)
            case ast.ImportFrom(module=str(module), level=0):
                origins |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
    return origins


def top(module: str) -> str:
    return module.partition(".")[0]


def origin_of(node: ast.expr, origins: dict[str, str]) -> str | None:
    """`monotonic` → `time.monotonic`; a name that is not imported stays as it is written."""
    match node:
        case ast.Name(id=name):
            return origins.get(name, name)
        case ast.Attribute(value=value, attr=attribute):
            base = origin_of(value, origins)
            return f"{base}.{attribute}" if base else None
        case ast.Call(func=function):
            return origin_of(function, origins)
        case _:
            return None
