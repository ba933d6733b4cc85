"""Who calls the admin API."""

from __future__ import annotations

import msgspec

from dragoman.ledger.control.records import Role


class Caller(msgspec.Struct, frozen=True):
    """Who asks. `team` is theirs, empty for one who belongs to none."""

    name: str
    role: Role
    team: str = ""
    is_session: bool = False  # of the console, and not a key
