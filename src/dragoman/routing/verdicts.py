"""What a failure means for the next step: a table by kind of error and phase of the call.

Whether something may be tried again is no property of the error alone. A timeout before the request was sent cost
nothing; the same timeout while waiting for the first byte may have been charged; after the first byte nothing is tried
again, because the client has seen part of an answer.
"""

from __future__ import annotations

from typing import Literal

from dragoman.errors import DragomanError, Kind, Phase

Verdict = Literal["fail", "other_key", "other_target", "elsewhere", "again", "later"]
"""What comes next, in this order of preference:

`fail`: nothing; tell the client. `other_key`: another key of the same target, else another target. `other_target`:
another target only, for no key changes what this one can do. `elsewhere`: another target, else another key. `again`: as
elsewhere, and if there is nobody else the same key after a pause. `later`: as other_key, and if there is nobody else
the same key when the provider said that it may be used again.
"""

VERDICTS: dict[tuple[Kind, Phase | None], Verdict] = {
    (Kind.INVALID_REQUEST, None): "fail",
    (Kind.UNSUPPORTED, None): "other_target",
    (Kind.CONTEXT_LENGTH, None): "other_target",
    (Kind.CONTENT_POLICY, None): "fail",
    (Kind.AUTHENTICATION, None): "other_key",
    (Kind.PAYMENT_REQUIRED, None): "other_key",
    (Kind.PERMISSION, None): "other_key",
    (Kind.NOT_FOUND, None): "other_key",  # some providers say so of a model that this key may not use
    (Kind.CONFLICT, None): "again",
    (Kind.TOO_LARGE, None): "other_target",
    (Kind.RATE_LIMIT, None): "later",
    (Kind.TIMEOUT, None): "elsewhere",  # it may have been charged, and would take as long once more
    (Kind.TIMEOUT, "connect"): "again",  # nobody has seen the request
    (Kind.OVERLOADED, None): "again",
    (Kind.UNAVAILABLE, None): "again",
    (Kind.INTERNAL, None): "again",
}
"""A row with the phase counts before the row without one."""

TOLD_VERDICTS: dict[Kind, Verdict] = {Kind.TIMEOUT: "again"}
"""What counts first where the provider answered with the error itself: it has given up and not our patience, which is
why the makers' own SDKs ask again after a 408 or a 504."""

PREFERS_SAME_TARGET: frozenset[Verdict] = frozenset({"other_key", "later"})
MAY_REPEAT: frozenset[Verdict] = frozenset({"again", "later"})


def select_verdict(error: DragomanError) -> Verdict:
    """What to do after `error`, as long as nothing has been sent to the client."""
    if error.blame == "gateway" and error.kind in {Kind.INTERNAL, Kind.UNAVAILABLE}:
        return "fail"
    if error.reply is not None and error.kind in TOLD_VERDICTS:
        return TOLD_VERDICTS[error.kind]
    return VERDICTS.get((error.kind, error.phase)) or VERDICTS[error.kind, None]
