"""What the routes work with."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from dragoman.errors import DragomanError
from dragoman.http.admin.desk import need, note_change
from dragoman.http.caller import Caller
from tests.unit.http.admin.counter import Counter


def test_what_is_not_there_is_told_and_what_is_there_is_given() -> None:
    assert need("there") == "there"
    with pytest.raises(DragomanError, match="keeps no ledger"):
        need(None)


def test_a_change_is_logged_with_who_made_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    asyncio.run(note_change(Counter(tmp_path).desk, Caller("ada", "admin"), "key.create", "k-7", role="viewer"))
    assert "ada: key.create k-7" in caplog.text
