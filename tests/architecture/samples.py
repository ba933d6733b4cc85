"""For each rule what it must catch and what it must leave alone: every check has been seen failing.

Words that the text rules look for are written in pieces, for this file is searched as well.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.architecture.sizes import FILE_LINES, FUNCTION_LINES

MODULE = "src/dragoman/routing/selection.py"
TEST = "tests/unit/routing/test_selection.py"
PAGE = "docs/page.md"


class Sample(NamedTuple):
    """A source at a path; `text` breaks the rule, `fine` does not, and they differ as little as can be."""

    rule: str
    text: str
    fine: str
    path: str = MODULE
    fine_path: str = ""  # where `fine` stands, if elsewhere


SAMPLES = (
    Sample("file-length", "a = 1\n" * (FILE_LINES + 1), "a = 1\n" * FILE_LINES),
    Sample(
        "function-length",
        "def select():\n" + "    a = 1\n" * FUNCTION_LINES,
        "def select():\n" + "    a = 1\n" * (FUNCTION_LINES - 1),
    ),
    Sample("parameters", "def f(a, b, /, c, d, *, e, g, h): ...", "def f(a, b, /, c, d, *, e, g): ..."),
    Sample(
        "parameters",
        "class A:\n    @staticmethod\n    def f(a, b, c, d, e, g, h): ...",
        "class A:\n    def f(self, a, b, c, d, e, g): ...",
    ),
    Sample("docstring", "a = 1", '"""What for."""\na = 1'),
    Sample("docstring", '"""  """', '"""What for."""'),
    Sample("global", "def f():\n    global a\n    a = 1", "def f():\n    nonlocal a"),
    Sample("lazy-import", "def f():\n    from json import loads", "from json import loads\ndef f(): ..."),
    Sample("async-below-the-shell", "async def f(): ...", "def f(): ..."),
    Sample(
        "async-below-the-shell",
        "class A:\n    async def f(self): ...",
        "class A:\n    async def f(self): ...",
        fine_path="src/dragoman/upstream/call.py",
    ),
    Sample("catch-all", "try: f()\nexcept Exception: pass", "try: f()\nexcept ValueError: pass"),
    Sample("catch-all", "try: f()\nexcept: pass", "try: f()\nexcept:\n    g()\n    raise"),
    Sample(
        "catch-all", "try: f()\nexcept (OSError, BaseException) as e: raise E from e", "try: f()\nexcept OSError: ..."
    ),
    Sample("catch-all", "with contextlib.suppress(Exception): f()", "with contextlib.suppress(OSError): f()"),
    Sample(
        "catch-all",
        "try: f()\nexcept Exception: pass",
        "try: f()\nexcept Exception: pass",
        fine_path="src/dragoman/http/edge.py",
    ),
    Sample("unwritten", "def f():\n    raise NotImplementedError", "def f():\n    raise ValueError"),
    Sample("built-sql", "f'select a from {table}'", "f'from {table} we select'"),
    Sample("built-sql", "f'UPDATE {table} SET a = 1'", "'UPDATE spend SET a = ?'"),
    Sample("built-sql", "'DELETE FROM %s' % table", "'%s is gone' % table"),
    Sample("built-sql", "'INSERT INTO a VALUES (' + values", "'INSERT INTO a' ' VALUES (?)'"),
    Sample("built-sql", "'select a from {}'.format(table)", "'a {}'.format(table)"),
    Sample("banned-call", "import asyncio\nasyncio.create_task(f())", "import asyncio\nasyncio.run(f())"),
    Sample("banned-call", "from asyncio import ensure_future as later", "from asyncio import gather"),
    Sample("banned-call", "self._loop.create_task(f())", "self._group.create_task(f())"),
    Sample("banned-call", "import asyncio\nasyncio.get_running_loop().create_task(f())", "import asyncio"),
    Sample(
        "banned-call",
        "import asyncio as a\na.create_task(f())",
        "import asyncio as a\na.create_task(f())",
        fine_path="src/dragoman/service/background.py",
    ),
    Sample("banned-call", "import os\nos.environ['A']", "import os\nos.fsync(1)"),
    Sample("banned-call", "from os import getenv", "from os import getenv", fine_path="src/dragoman/config/load.py"),
    Sample("banned-call", "import time\nread = time.monotonic", "def f(time): return time"),
    Sample(
        "banned-call", "from datetime import datetime as d\nd.now()", "from datetime import datetime as d\nd(1, 2, 3)"
    ),
    Sample("banned-call", "import random\nrandom.choice(a)", "import random\ndef f(source: random.Random): ..."),
    Sample("banned-call", "import secrets\nsecrets.token_hex()", "import secrets\nsecrets.compare_digest(a, b)"),
    Sample("banned-call", "eval(a)", "import re\nre.compile(a)"),
    Sample("banned-call", "exec(a)", "def exec(a): ...\nexec(a)"),
    Sample("banned-call", "compile(a)", "pattern.compile(a)"),
    Sample("banned-call", "__import__('a')", "import a"),
    Sample("banned-call", "import subprocess\nsubprocess.run(a)", "import a"),
    Sample("banned-call", "from os import execv", "from os import fsync"),
    Sample(
        "banned-call",
        "import asyncio\nasyncio.create_subprocess_exec(a)",
        "import asyncio\nasyncio.create_subprocess_exec(a)",
        fine_path="src/dragoman/engine/child.py",
    ),
    Sample("banned-call", "import pickle\npickle.loads(a)", "import json\njson.loads(a)"),
    Sample("mock", "from unittest import mock\nmock.patch('a')", "import unittest", TEST),
    Sample("mock", "import unittest.mock\nunittest.mock.Mock()", "mock = 1", TEST),
    Sample(
        "sleep", "import asyncio\nasync def f(): await asyncio.sleep(0.1)", "import asyncio\nasyncio.sleep(0)", TEST
    ),
    Sample("sleep", "time.sleep(1)", "clock.advance(1)", TEST),
    Sample("test-class", "class TestSelection: ...", "class Selection: ...", TEST),
    Sample("test-name", "def test_selection(): ...", "def test_a_full_pool_is_skipped(): ...", TEST),
    Sample("word", "class PoolManager: ...", "class CredentialPool: ..."),
    Sample("word", "def vendor_of(a): ...", "def provider_of(a, *, manager='a'): ..."),
    Sample("word", "", "", "src/dragoman/http/utils.py", MODULE),
    Sample("verb", "def handle_request(): ...", "def select_request(): ..."),
    Sample("verb", "class A:\n    def _process(self): ...", "class A:\n    def processed(self): ..."),
    Sample("verb", "def do_it(): ...", "def domain(): ..."),
    Sample("mark", "later: TO" + "DO", "later: to-do", PAGE),
    Sample("mark", "# FIX" + "ME: slow", "# slow"),
    Sample("silencer", "a = b()  # pragma: " + "no cover", "a = b()  # no cover"),
    Sample("silencer", "a = b()  # type: " + "ignore", "a = b()  # type: " + "ignore[misc]"),
    Sample("silencer", "a = b()  # no" + "qa", "a = b()  # no" + "qa: S101"),
    Sample("machine-path", "see /ro" + "ot/notes", "see the root", PAGE),
    Sample("machine-path", "see /ho" + "me/ann/notes", "see ~/notes", PAGE),
    Sample("machine-path", "see ../" + "shared/notes", "see ../" + "shared/notes", PAGE, "tests/corpus/conftest.py"),
    Sample("registry-host", "https://files.python" + "hosted.org/a", "https://example.com/a", PAGE),
    Sample("registry-host", "https://py" + "pi.org/simple", "https://py" + "pi.org/simple", "a.toml", "uv.lock"),
)
