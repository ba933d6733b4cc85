"""What a failure means for the next step: a table by kind of error and phase of the call.

Whether something may be tried again is no property of the error alone. A timeout before the request was sent cost
nothing; the same timeout while waiting for the first byte may have been charged; after the first byte nothing is tried
again, because the client has seen part of an answer.
"""

from __future__ import annotations

from typing import Literal

from dragoman.errors import DragomanError, Kind

Verdict = Literal["fail", "next_credential", "next_target", "again"]
"""`fail`: tell the client. `next_credential`: the same target with another key, or the next target if there is none.
`next_target`: whatever key, this target will not do. `again`: the same target is worth one more try."""

VERDICTS: dict[Kind, Verdict] = {
    Kind.INVALID_REQUEST: "fail",
    Kind.UNSUPPORTED: "next_target",
    Kind.CONTEXT_LENGTH: "next_target",
    Kind.CONTENT_POLICY: "fail",
    Kind.AUTHENTICATION: "next_credential",
    Kind.PAYMENT_REQUIRED: "next_credential",
    Kind.PERMISSION: "next_credential",
    Kind.NOT_FOUND: "next_target",
    Kind.CONFLICT: "again",
    Kind.TOO_LARGE: "next_target",
    Kind.RATE_LIMIT: "next_credential",
    Kind.TIMEOUT: "next_target",
    Kind.OVERLOADED: "next_credential",
    Kind.UNAVAILABLE: "again",
    Kind.INTERNAL: "again",
}


def select_verdict(error: DragomanError) -> Verdict:
    """What to do after `error`, as long as nothing has been sent to the client."""
    if error.blame == "gateway" and error.kind is Kind.INTERNAL:
        return "fail"
    return VERDICTS[error.kind]
