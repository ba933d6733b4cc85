"""What the routes of the admin API work with: one field for each use case, None where the gateway runs without it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from dragoman.clock import Clock
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError, Kind
from dragoman.http.caller import Caller
from dragoman.http.console_session import Patience, Sessions
from dragoman.ledger.bodies import Bodies
from dragoman.service.access.custody import Custody
from dragoman.service.admin.catalogue import ParseSettings
from dragoman.service.admin.configuration import Configuration
from dragoman.service.admin.history import History
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.live import Live
from dragoman.service.admin.local_models import LocalModels
from dragoman.service.admin.overview import OverviewService
from dragoman.service.admin.probe import Prober
from dragoman.service.admin.providers import Providers
from dragoman.service.metering.pricing import Pricer
from dragoman.service.oidc.sign_in import OidcSignIn
from dragoman.service.switchboard import Switchboards

_log = logging.getLogger(__name__)

T = TypeVar("T")

Play = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
"""Answers a request as the data plane does."""


ReadBodies = Callable[[str], Awaitable[Bodies | None]]
"""What was said in an exchange, where it is kept."""


class Desk(msgspec.Struct, kw_only=True):
    """Who may come in, then the use cases. `check_host` raises for foreign hosts and origins; `identify` tells whose a
    key is, None for nobody's."""

    clock: Clock
    sessions: Sessions
    patience: Patience
    check_host: Callable[[bytes, bytes], None]
    identify: Callable[[str], Caller | None]
    needs_key: Callable[[], bool]
    play: Play
    settings: Callable[[], Settings]
    boards: Switchboards
    pricer: Pricer
    providers: Providers
    prober: Prober
    parse_trial: ParseSettings
    configuration: Configuration
    local_models: LocalModels
    live: Live
    insight: Insight | None = None
    overview: OverviewService | None = None
    history: History | None = None
    custody: Custody | None = None
    read_bodies: ReadBodies | None = None
    oidc: OidcSignIn | None = None


def need(service: T | None) -> T:
    """A use case that the gateway may run without."""
    if service is None:
        message = "This gateway keeps no ledger (`ledger.enabled: false`), so there is nothing to tell."
        raise DragomanError(Kind.NOT_FOUND, message, code="no_ledger")
    return service


async def note_change(desk: Desk, caller: Caller, action: str, subject: str, **changes: str) -> None:
    """Write a change into the audit log and the gateway's own."""
    _log.info("%s: %s %s", caller.name, action, subject)
    if desk.custody is not None:
        await desk.custody.note(caller.name, action, subject, changes)
