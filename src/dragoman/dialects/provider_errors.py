"""What a provider's error means where its own words do not say: by its status, whose fault it is, and how we put it.

Each dialect reads its codes and types first, and differs from these tables only where its providers do. Messages are in
our own words; the provider's ride in `reply`.
"""

from __future__ import annotations

import math

from dragoman.errors import Blame, DragomanError, Kind, UpstreamReply

KIND_BY_STATUS: dict[int, Kind] = {
    401: Kind.AUTHENTICATION,
    402: Kind.PAYMENT_REQUIRED,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    408: Kind.TIMEOUT,
    409: Kind.CONFLICT,
    413: Kind.TOO_LARGE,
    429: Kind.RATE_LIMIT,
    503: Kind.OVERLOADED,
    504: Kind.TIMEOUT,
    529: Kind.OVERLOADED,
}

_BLAME_BY_KIND: dict[Kind, Blame] = {
    Kind.AUTHENTICATION: "gateway",
    Kind.PAYMENT_REQUIRED: "gateway",
    Kind.PERMISSION: "gateway",
    Kind.NOT_FOUND: "gateway",
    Kind.RATE_LIMIT: "upstream",
    Kind.TIMEOUT: "upstream",
    Kind.OVERLOADED: "upstream",
    Kind.UNAVAILABLE: "upstream",
    Kind.INTERNAL: "upstream",
}
"""What is not here is the caller's own fault. A model that the provider does not know is one that we chose."""

MESSAGE_BY_KIND: dict[Kind, str] = {
    Kind.INVALID_REQUEST: "The provider refused the request as invalid.",
    Kind.UNSUPPORTED: "The provider does not support what was asked for.",
    Kind.CONTEXT_LENGTH: "The conversation is longer than the model's context window; shorten it.",
    Kind.CONTENT_POLICY: "The provider's content policy refused this.",
    Kind.AUTHENTICATION: "The provider did not accept the gateway's credential.",
    Kind.PAYMENT_REQUIRED: "The gateway's account with the provider has no credit left or has reached its limit.",
    Kind.PERMISSION: "The gateway's credential may not do this at the provider.",
    Kind.NOT_FOUND: "The provider does not know this model or resource.",
    Kind.CONFLICT: "The provider reports a conflict with another request.",
    Kind.TOO_LARGE: "The request is larger than the provider takes.",
    Kind.RATE_LIMIT: "The provider's rate limit is reached; try again later.",
    Kind.TIMEOUT: "The provider took too long.",
    Kind.OVERLOADED: "The provider is overloaded; try again later.",
    Kind.UNAVAILABLE: "The provider failed to answer.",
    Kind.INTERNAL: "The provider failed inside.",
}


_OUR_OWN_AFFAIRS = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION})


def map_blame(kind: Kind) -> Blame:
    """Whose fault an error of a provider is."""
    return _BLAME_BY_KIND.get(kind, "client")


def read_seconds(value: bytes | None) -> float | None:
    """A number of seconds; a date is left to those who have a clock."""
    try:
        seconds = float(value or b"")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def select_own_reply(error: DragomanError, dialect: str) -> UpstreamReply | None:
    """The provider's own words, where they are of that dialect. What it says about our own credential is no business of
    the client's."""
    reply = error.reply
    if reply is None or reply.dialect != dialect or (error.blame == "gateway" and error.kind in _OUR_OWN_AFFAIRS):
        return None
    return reply
