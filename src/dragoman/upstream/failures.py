"""How a broken call to a provider is told: one `DragomanError` per cause, with blame, phase and a code for metrics.

Messages name the class of the failure (dns, refused, tls, ...) and never an address, a header or bytes of an answer;
what the operating system said stays in `__cause__`, for the log.
"""

from __future__ import annotations

import socket
import ssl
from typing import Literal

from dragoman.errors import DragomanError, Kind, Phase

TimeoutName = Literal["connect", "send", "first_byte", "idle", "progress", "total"]

_OVERDUE: dict[TimeoutName, str] = {
    "connect": "no connection to the provider within {:g} s (timeout)",
    "send": "the provider did not take the request within {:g} s",
    "first_byte": "the provider did not begin its answer within {:g} s",
    "idle": "the provider sent nothing for {:g} s in the middle of its answer",
    "progress": "the provider sent nothing of meaning for {:g} s in the middle of its answer",
    "total": "the provider did not finish its answer within {:g} s",
}

_CUT: dict[Phase, str] = {
    "connect": "the provider closed the connection while it was being opened",
    "send": "the provider closed the connection before it had taken the request",
    "first_byte": "the provider closed the connection without a byte of an answer",
    "body": "the provider closed the connection in the middle of its answer",
    "stream": "the provider closed the connection in the middle of its stream",
}

# The first row that fits wins: a certificate error is also an `OSError`, as is a refusal.
_CONNECT_CLASSES: tuple[tuple[type[Exception], str, str], ...] = (
    (socket.gaierror, "dns", "its name could not be resolved"),
    (UnicodeError, "dns", "its name is not a legal host name"),
    (ssl.SSLCertVerificationError, "tls", "its certificate was not accepted"),
    (ssl.SSLError, "tls", "the TLS handshake failed"),
    (ConnectionRefusedError, "refused", "the connection was refused"),
    (ConnectionError, "closed", "the connection was closed while it was being opened"),
    (OSError, "unreachable", "its address could not be reached"),
)

CONNECT_ERRORS = (OSError, UnicodeError)
"""What the standard library raises when a connection cannot be opened (`ssl` and `socket` errors are `OSError`)."""


def timed_out(name: TimeoutName, seconds: float, phase: Phase) -> DragomanError:
    """A timeout ran out; `phase` says how far the call had come by then."""
    message = _OVERDUE[name].format(seconds)
    return DragomanError(Kind.TIMEOUT, message, blame="upstream", phase=phase, code=f"{name}_timeout")


def cut_off(phase: Phase) -> DragomanError:
    """The peer closed or reset the connection before the answer was whole."""
    return DragomanError(Kind.UNAVAILABLE, _CUT[phase], blame="upstream", phase=phase, code="connection_cut")


def not_connected(error: Exception) -> DragomanError:
    """The connection could not be opened, for a reason that the message names."""
    code, reason = next((code, reason) for kind, code, reason in _CONNECT_CLASSES if isinstance(error, kind))
    return connect_failed(code, reason)


def connect_failed(code: str, reason: str) -> DragomanError:
    """The connection could not be opened: `code` is the class, `reason` says it to people."""
    message = f"no connection to the provider ({code}): {reason}"
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="connect", code=f"connect_{code}")


def pool_exhausted(connections: int, seconds: float) -> DragomanError:
    """Every connection that an origin may have was busy for the whole connect timeout."""
    message = f"all {connections} connections to the provider were busy for {seconds:g} s"
    return DragomanError(Kind.OVERLOADED, message, blame="upstream", phase="connect", code="pool_exhausted")


def oversized(limit_bytes: int) -> DragomanError:
    """The answer is longer than whoever reads it allows."""
    message = f"the provider's answer is longer than {limit_bytes} bytes"
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="body", code="answer_too_long")


def shut_down() -> DragomanError:
    """The call was refused or ended because this transport is being closed."""
    return DragomanError(Kind.UNAVAILABLE, "the gateway is shutting down", blame="gateway", phase="connect")


def closed_early() -> DragomanError:
    """Somebody reads an answer on after having closed it."""
    return DragomanError(Kind.UNAVAILABLE, "the answer was closed before it was read", blame="gateway", phase="body")
