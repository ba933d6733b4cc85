"""Logs never hold a secret, whichever way it came into a record."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from dragoman.telemetry.logs import MASK, Redactor, configure_logging

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture
def restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    redactor = Redactor(["correct horse battery"])
    assert redactor.redact("x=correct horse battery;") == f"x={MASK};"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"GET /v1/models?key={CANARY}",
        f"(b'x-api-key', b'{CANARY}')",
        f"the key {CANARY} was refused",
        "AIzaSyA-0123456789-0123456789-012345678",
    ],
)
def test_what_looks_like_a_credential_is_masked_without_being_known(text: str) -> None:
    redacted = Redactor().redact(text)
    assert MASK in redacted
    assert "0123456789" not in redacted


def test_short_strings_are_no_secrets() -> None:
    assert Redactor(["local"]).redact("a local model") == "a local model"


@pytest.mark.parametrize("style", ["text", "json"])
def test_messages_arguments_and_tracebacks_are_redacted(style: str, restored_root: None) -> None:
    stream = io.StringIO()
    configure_logging("debug", style, ["hidden-password"], stream)  # type: ignore[arg-type]
    error = ValueError(f"bad key {CANARY} and hidden-password")
    logging.getLogger("x").error("failed with %s", CANARY, exc_info=error)
    written = stream.getvalue()
    assert CANARY not in written
    assert "hidden-password" not in written
    assert "ValueError" in written
    if style == "json":
        entry = json.loads(written)
        assert entry["level"] == "error"
        assert MASK in entry["error"]
