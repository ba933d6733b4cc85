"""The one exception that crosses rooms.

A `DragomanError` says what kind of thing went wrong, whose fault it is, where, and how to mend it. Blame is decided
once, where the error enters; each dialect's `errors.py` turns it into the words of its own wire format.

Invariant: `message` and `path` are our own words and safe to show to the caller. They never hold a secret or bytes of an
upstream answer. What a provider said itself stays in `reply`; what of it may be repeated to a caller of another dialect
is put into `quote` at the very end (`service/outward.py`), masked and bounded. Logs and the ledger never see it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What went wrong, coarse enough that every dialect has a word for each."""

    INVALID_REQUEST = "invalid_request"
    UNSUPPORTED = "unsupported"  # well formed, but a chosen target cannot do it and dropping it was not allowed
    CONTEXT_LENGTH = "context_length"
    CONTENT_POLICY = "content_policy"
    AUTHENTICATION = "authentication"
    PAYMENT_REQUIRED = "payment_required"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    OVERLOADED = "overloaded"  # someone is up but refuses for now
    UNAVAILABLE = "unavailable"  # no connection, cut connection, or an answer that makes no sense
    INTERNAL = "internal"


Blame = Literal["client", "gateway", "upstream"]

Phase = Literal["connect", "send", "first_byte", "body", "stream"]
"""How far an upstream call had come. Before `send` is over the provider cannot have charged for it."""

STATUS_BY_KIND: dict[Kind, int] = {
    Kind.INVALID_REQUEST: 400,
    Kind.UNSUPPORTED: 400,
    Kind.CONTEXT_LENGTH: 400,
    Kind.CONTENT_POLICY: 400,
    Kind.AUTHENTICATION: 401,
    Kind.PAYMENT_REQUIRED: 402,
    Kind.PERMISSION: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.RATE_LIMIT: 429,
    Kind.TIMEOUT: 504,
    Kind.OVERLOADED: 503,
    Kind.UNAVAILABLE: 502,
    Kind.INTERNAL: 500,
}


class UpstreamReply:
    """A provider's own error answer, kept whole: agents of the same dialect match on its wording."""

    __slots__ = ("body", "content_type", "dialect", "said", "status")

    def __init__(self, *, dialect: str, status: int, content_type: str, body: bytes, said: str = "") -> None:
        self.dialect = dialect
        self.status = status
        self.content_type = content_type
        self.body = body
        self.said = said  # the message inside, as it is

    def __repr__(self) -> str:
        return f"<UpstreamReply {self.dialect} {self.status}, {len(self.body)} bytes>"


class DragomanError(Exception):
    """Every failure that a caller, an operator or the routing policy may have to know about."""

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        blame: Blame = "client",
        status: int | None = None,
        path: str = "",
        code: str | None = None,
        phase: Phase | None = None,
        retry_after_seconds: float | None = None,
        reply: UpstreamReply | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.blame: Blame = blame
        self.message = message
        self.status = status if status is not None else STATUS_BY_KIND[kind]
        self.path = path
        self.code = code
        self.phase: Phase | None = phase
        self.retry_after_seconds = retry_after_seconds
        self.reply = reply
        self.quote = ""

    @property
    def own_status(self) -> int:
        """The status for those who do not get the provider's own answer. 429 makes clients try again by themselves, so
        it is not told of what will not pass."""
        return STATUS_BY_KIND[self.kind] if self.status == 429 and self.blame != "upstream" else self.status

    @property
    def told(self) -> str:
        """What callers are told: our words, then the provider's own where they may be repeated."""
        return f"{self} {self.quote}" if self.quote else str(self)

    def under(self, prefix: str) -> DragomanError:
        """The same error seen from one level further out: `content[0]` under `messages[2]`."""
        if not self.path:
            self.path = prefix
        elif self.path.startswith("["):
            self.path = prefix + self.path
        else:
            self.path = f"{prefix}.{self.path}"
        return self

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def __repr__(self) -> str:
        return f"<DragomanError {self.kind.value} {self.status} blame={self.blame}: {self}>"


def invalid(message: str, path: str = "") -> DragomanError:
    """The caller sent something malformed; the commonest error, so it has the shortest spelling."""
    return DragomanError(Kind.INVALID_REQUEST, message, path=path)


def malformed_upstream(message: str) -> DragomanError:
    """A provider answered with something its own dialect does not allow."""
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="body")
