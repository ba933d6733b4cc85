"""The failures of local models, each worded once.

A model that is merely busy is nobody's fault and says nothing about the credential that leads to it. Such a refusal
has the blame of the caller, who may come back later, so that no credential is rested for it and whoever waits in line
is not turned away with the one who came too late.
"""

from __future__ import annotations

import re

from dragoman.errors import DragomanError, Kind

_TOO_LONG = re.compile(rb"input \((\d+) tokens\) is too large to process.+current batch size: (\d+)")
_UNBOUND = re.compile(rb"failed to parse grammar|JSON schema conversion failed|Unrecognized schema", re.IGNORECASE)
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


def too_long(name: str, body: bytes) -> DragomanError | None:
    """What the worker says of a text that it cannot embed in one go, which it calls a fault of its own; None if it says
    something else."""
    told = _TOO_LONG.search(body)
    if told is None:
        return None
    asked, limit = (int(number) for number in told.groups())
    message = f"The local model {name!r} embeds texts of at most {limit} tokens; this one has {asked}."
    return DragomanError(Kind.CONTEXT_LENGTH, message, path="input", code="context_length_exceeded")


def unbound(name: str, body: bytes) -> DragomanError | None:
    """What the worker says of a schema that it cannot bind its words to, which is no mistake of the caller's; None if it
    says something else."""
    if _UNBOUND.search(body) is None:
        return None
    return unsupported(f"The local model {name!r} cannot be bound to this JSON schema.", "response_format")


def unsupported(message: str, path: str) -> DragomanError:
    """The request asks for something that the model cannot do."""
    return DragomanError(Kind.UNSUPPORTED, message, path=path, code="local_unsupported")
