"""The failures of local models, each worded once.

A model that is merely busy is nobody's fault and says nothing about the credential that leads to it. Such a refusal
has the blame of the caller, who may come back later, so that no credential is rested for it and whoever waits in line
is not turned away with the one who came too late.
"""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind

RETRY_SECONDS = 5.0


def busy(message: str) -> DragomanError:
    """There is no place for this request now."""
    return DragomanError(
        Kind.OVERLOADED, message, blame="client", phase="connect", code="local_busy", retry_after_seconds=RETRY_SECONDS
    )


def unavailable(message: str, retry_after_seconds: float | None = None) -> DragomanError:
    """The model cannot be had: not fetched, not loaded, not allowed. Another target may do."""
    return DragomanError(
        Kind.UNAVAILABLE,
        message,
        blame="upstream",
        status=503,
        phase="connect",
        code="local_unavailable",
        retry_after_seconds=retry_after_seconds,
    )


def unsupported(message: str, path: str) -> DragomanError:
    """The request asks for something that the model cannot do."""
    return DragomanError(Kind.UNSUPPORTED, message, path=path, code="local_unsupported")
