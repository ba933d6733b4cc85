"""Logging, with a redactor in front of every sink.

Two nets: the secrets that the gateway knows (exact strings, from configuration) and what looks like a credential
(well-known key prefixes, bearer tokens, `key=` in a query). Tracebacks pass through the same nets.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Literal, TextIO

import msgspec

MASK = "****"
MIN_SECRET_LENGTH = 8

_LOOKS_SECRET = re.compile(
    r"(?i)(\bbearer\s+|\bkey=|x-api-key['\"]?\s*[:=,]\s*b?['\"]?)[^\s'\"&,)]{8,}"
    r"|\b(?:sk|pk|dgm|gsk|xai|AIza|hf|r8)[-_][A-Za-z0-9_\-]{12,}|\bAIza[A-Za-z0-9_\-]{20,}"
)


class Redactor:
    """Masks secrets in a text."""

    __slots__ = ("_known",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __repr__(self) -> str:
        return "<Redactor>"

    def redact(self, text: str) -> str:
        """The text with every secret masked."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _LOOKS_SECRET.sub(lambda match: (match[1] or "") + MASK, text)

    def mask(self, data: bytes) -> bytes:
        """The same for bytes, of which only secrets that are known are masked: the rest is to stay as it was."""
        if self._known is None:
            return data
        return self._known.sub(MASK, data.decode("latin-1")).encode("latin-1")


class TextFormatter(logging.Formatter):
    """One line a record, for people."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a record, for machines."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redactor.redact(record.getMessage()),
        }
        if record.exc_info:
            entry["error"] = self._redactor.redact(self.formatException(record.exc_info))
        return msgspec.json.encode(entry).decode()


def configure_logging(
    level: str, style: Literal["text", "json"], secrets: Iterable[str], stream: TextIO | None = None
) -> None:
    """Send all logs through one redacting handler. Calling it again replaces the handler of the call before."""
    redactor = Redactor(secrets)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redactor) if style == "json" else TextFormatter(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, root.level))
    logging.getLogger("asyncio").setLevel(max(logging.WARNING, root.level))
