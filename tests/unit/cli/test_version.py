"""`dragoman version`."""

from __future__ import annotations

import json
import platform

from click.testing import CliRunner

from dragoman import __version__
from dragoman.cli.version import PACKAGES, read_versions, version


def test_versions_are_printed_as_lines() -> None:
    lines = CliRunner().invoke(version, []).stdout.splitlines()
    assert lines[0].split() == ["dragoman", __version__]
    assert platform.python_version() in lines[1]


def test_versions_are_printed_as_json() -> None:
    assert json.loads(CliRunner().invoke(version, ["--json"]).stdout) == read_versions()


def test_what_it_stands_on_is_named() -> None:
    assert {"dragoman", "python", "platform", "msgspec", "uvicorn"} <= read_versions().keys()
    assert read_versions().keys() <= {"dragoman", "python", "platform", *PACKAGES}
