"""Settings that several tests start from."""

from __future__ import annotations

from pathlib import Path

KEYS = {"OPENAI_API_KEY": "sk-one-0123456789,sk-two-0123456789", "ANTHROPIC_API_KEY": "sk-ant-0123456789"}
CONFIG = """
providers:
  mine: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: a-key-of-mine, headers: {X-Team: red}}
routes:
  fast: {targets: [mine/small, anthropic/big], aliases: [quick], strict: true}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dragoman.yaml"
    path.write_text(text)
    return path
