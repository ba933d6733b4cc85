"""`dragoman console`."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli.console import console
from dragoman.clock import SystemClock
from dragoman.errors import DragomanError
from dragoman.http.console_link import LinkFile
from dragoman.http.console_session import Sessions


def run(*arguments: str) -> str:
    return CliRunner().invoke(console, arguments, standalone_mode=False, catch_exceptions=False).stdout


def test_the_printed_link_opens_a_session_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    monkeypatch.setenv("DRAGOMAN_PORT", "9123")
    link = re.fullmatch(r"http://127\.0\.0\.1:9123/console/login\?token=(\S+)\n", run())
    assert link is not None
    sessions = Sessions(SystemClock(), take_link=lambda digest: LinkFile(folder / "ledger").take(digest, time.time()))
    assert sessions.find(sessions.redeem(link[1])) is not None
    with pytest.raises(DragomanError):
        sessions.redeem(link[1])


def test_the_link_leads_to_the_address_that_serve_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    monkeypatch.setenv("DRAGOMAN_PORT", "9123")
    assert run("--port", "9200").startswith("http://127.0.0.1:9200/console/login?token=")
    assert run("--host", "::1").startswith("http://[::1]:9123/console/login?token=")


def test_where_there_is_no_console_there_is_no_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    (folder / "dragoman.yaml").write_text("console: {enabled: false}\n")
    with pytest.raises(DragomanError, match="switched off"):
        run()
