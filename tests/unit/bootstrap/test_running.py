"""The gateway runs in the process that is told to, and says by its exit code whether it did."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dragoman.bootstrap.running import serve
from dragoman.bootstrap.settings import read_settings
from dragoman.errors import DragomanError
from tests.unit.bootstrap.configured import KEYS, write


def test_a_port_that_somebody_else_has_is_told_before_anything_is_built(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = read_settings(write(tmp_path, f"server: {{port: {port}}}"), KEYS)
        data = tmp_path / "data"
        with pytest.raises(DragomanError, match=str(port)):
            serve(settings, {"DRAGOMAN_DATA": str(data)}, None)
    assert not data.exists()
