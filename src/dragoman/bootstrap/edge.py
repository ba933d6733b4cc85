"""The data plane with all that answers requests, and the function that changes its settings while it runs."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from dragoman.bootstrap.access import Access
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import Apply
from dragoman.clock import Clock
from dragoman.config.postgres_url import parse_postgres_url
from dragoman.config.schema import Settings
from dragoman.dialects.base import Operation
from dragoman.dialects.openai_responses.wire import NAME as RESPONSES
from dragoman.dialects.registry import DIALECTS, OPERATIONS
from dragoman.engine.supervisor import Engine
from dragoman.http.data_plane import DataPlane, Limits
from dragoman.http.endpoints import EndpointTable
from dragoman.http.hosts import LOOPBACK_NAMES, HostGuard
from dragoman.http.pages import PageTable
from dragoman.http.sockets import Sockets
from dragoman.ledger.archive import Archive
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.shelf import Shelf
from dragoman.service.account import Account
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.detours.bypass import Bypass
from dragoman.service.detours.caching import Caching
from dragoman.service.detours.continuing import Continuing
from dragoman.service.detours.hedging import Hedging
from dragoman.service.detours.mirroring import Mirroring
from dragoman.service.exchange import Generate
from dragoman.service.forward import ForwardService
from dragoman.service.generate import GenerateService
from dragoman.service.keeping.background_responses import BackgroundResponses, Start
from dragoman.service.keeping.conversation_turns import ConversationTurns
from dragoman.service.keeping.conversations import ConversationsService
from dragoman.service.keeping.responses import ADVICE, ResponsesService
from dragoman.service.keeping.uploads import UploadsService
from dragoman.service.metering.settle import Meter
from dragoman.service.metering.transcripts import Scribe
from dragoman.service.principals import Principal, Principals, digest_secret
from dragoman.service.reshaping.asking import Asking
from dragoman.service.reshaping.descriptions import Descriptions
from dragoman.service.reshaping.summaries import Summaries
from dragoman.service.settlement import Settlement
from dragoman.service.switchboard import Switchboards
from dragoman.telemetry.logs import configure_logging
from dragoman.upstream.transport import Transport

_log = logging.getLogger("dragoman")


def build_principals(settings: Settings) -> Principals:
    """Who may call."""
    return Principals({digest_secret(key.secret.reveal()): Principal(key.name) for key in settings.auth.keys})


def build_guard(settings: Settings) -> HostGuard:
    """Which Host and Origin headers are let in. Someone who listens beyond loopback has keys, and many names."""
    server = settings.server
    is_loopback = server.host in LOOPBACK_NAMES or server.host.startswith("127.")
    return HostGuard([server.host, *server.allowed_hosts], server.allowed_origins, any_host=not is_loopback)


class Companions(NamedTuple):
    """What stands beside the services that answer, where there is any."""

    engine: Engine | None = None
    meter: Meter | None = None
    archive: Archive | None = None
    scribe: Scribe | None = None
    start: Start | None = None  # runs work beside everything else
    access: Access | None = None
    shelf: Shelf | None = None
    reader: LedgerReader | None = None
    conversations: ConversationArchive | None = None


ALONE = Companions()


class Answering(NamedTuple):
    """Who answers which operation, `answers_to` clients of which dialect where that is not who answers all others; and
    what of it changes with the configuration or is told of what happens."""

    answers: dict[Operation, Generate]
    answers_to: dict[str, dict[Operation, Generate]]
    bypass: Bypass
    caching: Caching
    settlement: Settlement


def build_data_plane(
    settings: Settings, transport: Transport, clock: Clock, companions: Companions = ALONE
) -> tuple[DataPlane, Apply]:
    """Everything that answers requests, and the function that changes its settings while it runs."""
    engine, access = companions.engine, companions.access
    asking = Asking(DIALECTS["openai_chat"])
    summaries, descriptions = Summaries(asking), Descriptions(asking)
    board = [build_switchboard(settings, None, engine, summaries, descriptions)]
    boards: Switchboards = partial(board.__getitem__, 0)  # called for each request: Python would need a frame for it
    answering = build_answers(settings, transport, clock, boards, companions)
    asking.generate = answering.answers["generate"]
    server = settings.server
    limits = Limits(server.body_limit_bytes, server.body_timeout_seconds, server.max_in_flight)
    data_plane = DataPlane(
        endpoints=EndpointTable(DIALECTS | OPERATIONS, answering.answers, answering.answers_to),
        pages=PageTable(DIALECTS, boards, lambda: not data_plane.is_draining),
        principals=access.directory.principals if access is not None else build_principals(settings),
        guard=build_guard(settings),
        limits=limits,
    )

    data_plane.sockets = Sockets(data_plane, DIALECTS["openai_responses"], clock, limits)
    data_plane.end_round = answering.settlement.flush
    data_plane.idempotency = access.idempotency if access is not None else None

    def apply(changed: Settings) -> None:
        board[0] = build_switchboard(changed, board[0], engine, summaries, descriptions)
        answering.bypass.has_detours = board[0].has_detours
        answering.caching.change(changed.cache)
        if access is None:
            data_plane.principals = build_principals(changed)
        data_plane.guard = build_guard(changed)
        start_logging(changed)

    return data_plane, apply


def build_answers(
    settings: Settings, transport: Transport, clock: Clock, boards: Switchboards, companions: Companions
) -> Answering:
    """All who answer; of those that stand before one another the last one is asked first."""
    _, meter, archive, scribe, start, access, shelf, reader, _ = companions

    settlement = Settlement(meter, scribe, [access.idempotency.underway] if access is not None else [])
    settle = settlement.settle
    if access is not None:
        access.admission.end_round = settlement.flush
    reserve = meter.reserve if meter is not None and settings.ledger.enabled else None
    attend = scribe.attend if scribe is not None else None

    def open_generate(boards: Switchboards) -> GenerateService:
        service = GenerateService(transport, boards, clock, settle, reserve, attend=attend)
        service.admit = access.admission.admit if access is not None else None
        return service

    straight = open_generate(boards).generate
    around: Generate = Hedging(Continuing(straight, boards).generate, boards).generate
    if start is not None:
        around = Mirroring(around, boards, start, random.random).generate
    caching = Caching(around, boards, clock, settle, settings.cache)
    bypass = Bypass(straight, caching.generate, has_detours=boards().has_detours)
    settlement.retellings.append(caching.underway)
    count = CountTokensService(transport, boards, clock)
    answers: dict[Operation, Generate] = {
        "generate": bypass.generate,
        "count_tokens": count.count,
        "forward": ForwardService(OPERATIONS, boards, open_generate).forward,
    }
    answers_to: dict[str, dict[Operation, Generate]] = {}
    if archive is not None:
        answers_to[RESPONSES] = build_responses(archive, answers, clock, companions)
    if shelf is not None:
        uploads = UploadsService(shelf, answers["generate"], answers["count_tokens"]).answers
        answers_to |= dict.fromkeys(UploadsService.FILLS, uploads)
    for special in answers_to.values():
        answers = special | answers  # what only they answer, they answer to everybody
    if reader is not None:
        answers |= Account(reader, clock).answers
    return Answering(answers, answers_to, bypass, caching, settlement)


def build_responses(
    archive: Archive, answers: Mapping[Operation, Generate], clock: Clock, companions: Companions
) -> dict[Operation, Generate]:
    """Who answers what builds on what was said before, and what is asked of it."""
    generate, start, conversations = answers["generate"], companions.start, companions.conversations
    background = BackgroundResponses(archive, generate, clock, start) if start is not None else None
    if conversations is None:
        return ResponsesService(archive, generate, answers["count_tokens"], background).answers
    service = ConversationsService(conversations, ADVICE)
    turns = ConversationTurns(conversations, service)
    return ResponsesService(archive, generate, answers["count_tokens"], background, turns).answers | service.answers


def start_logging(settings: Settings) -> None:
    """Send logs where they go, with every configured secret masked."""
    configure_logging(settings.logging.level, settings.logging.format, list_secrets(settings))


def list_secrets(settings: Settings) -> list[str]:
    """All that must never be read anywhere."""
    secrets = [key.secret.reveal() for key in settings.auth.keys]
    for provider in settings.providers.values():
        secrets += [credential.secret.reveal() for credential in provider.credentials]
        secrets += [value.reveal() for value in provider.headers.values()]
    if settings.console.oidc.client_secret is not None:
        secrets.append(settings.console.oidc.client_secret.reveal())
    if settings.ledger.url is not None:
        secrets += filter(None, [parse_postgres_url(settings.ledger.url).get("password")])
    return [*secrets, *[value.reveal() for value in settings.otel.headers.values()]]
