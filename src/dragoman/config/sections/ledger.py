"""What is kept of every exchange."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.types import NoneOrMore
from dragoman.model.secret import Secret


class LedgerSettings(msgspec.Struct, frozen=True):
    """What is kept of every exchange: who asked whom, how it went, what it consumed. Never what was said."""

    enabled: bool = True
    """Whether anything is kept at all."""

    path: str = ""
    """Folder of the ledger and its journals; `ledger` in the user's data folder, or where `DRAGOMAN_DATA` is, if left out."""

    url: Secret | None = None
    """A Postgres to keep exchanges and sums in, such as `${LEDGER_URL}` with `postgres://user:password@host/database`, which
    several gateways may share; it needs the extra `dragoman[postgres]`. A file in `path` if left out; journals, keys and
    kept words stay there anyhow."""

    retention_days: NoneOrMore = 90
    """How long single exchanges are kept, and sums by the minute; 0 is for ever. Sums by the hour and the day stay."""

    max_mib: NoneOrMore = 0
    """Largest size of the ledger's exchanges (with SQLite, of its file); the oldest exchanges make way. No limit if 0."""
