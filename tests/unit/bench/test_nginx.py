"""nginx's configuration, as nginx itself reads it where it is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.nginx import build_floor_config, build_provider_config
from bench.processes import MissingToolError, find_program
from bench.traffic import TRAFFIC, encode_json
from bench.upstream import PATTERNS


def test_the_provider_answers_at_the_path_of_every_dialect(tmp_path: Path) -> None:
    config = build_provider_config(tmp_path, 9100)
    for traffic in TRAFFIC.values():
        assert f"location = {traffic.find_path(traffic.model, is_stream=False)} {{ return 200 '" in config
        assert encode_json(traffic.answer).decode() in config


def test_the_floor_forwards_streams_unbuffered_and_everything_else_to_the_provider(tmp_path: Path) -> None:
    config = build_floor_config(tmp_path, 9101, 9100, 9102)
    assert "location / { proxy_pass http://answers; }" in config
    assert f"location ~ ^/({'|'.join(PATTERNS)})/ {{ proxy_pass http://streams; proxy_buffering off; }}" in config
    assert "upstream answers { server 127.0.0.1:9100;" in config


@pytest.mark.parametrize("build", ["provider", "floor"])
def test_nginx_accepts_the_configuration(build: str, tmp_path: Path) -> None:
    try:
        nginx = find_program("nginx")
    except MissingToolError:
        pytest.skip("nginx is not installed")
    text = build_provider_config(tmp_path, 9100) if build == "provider" else build_floor_config(tmp_path, 1, 2, 3)
    path = tmp_path / "nginx.conf"
    path.write_text(text)
    command = [nginx, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
