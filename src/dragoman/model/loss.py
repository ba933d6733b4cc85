"""What a translation could not carry. Counted, logged, shown, returned in a header, refused under strict."""

from __future__ import annotations

from typing import Literal

import msgspec

LossCode = Literal[
    "dropped",  # left out: the target has no place for it
    "approximated",  # said in the target's nearest words
    "moved",  # carried, but in another place (an image out of a tool result)
    "stripped_token",  # a signature or encrypted reasoning that only its minter can read
    "renamed",  # an id or name that the target's rules do not allow
    "schema",  # a JSON schema keyword that the target does not take
    "defaulted",  # the target demands a value that the caller did not give
]


class Loss(msgspec.Struct, frozen=True, gc=False):
    """One thing that changed its meaning on the way. `path` is in the caller's own terms: `messages[2].content[0]`."""

    code: LossCode
    path: str
    detail: str = ""
