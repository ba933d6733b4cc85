"""Routes as they stand: their targets, and whether those could answer now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dragoman.clock import Clock
from dragoman.config.schema import Settings
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import invalid
from dragoman.ledger.rollup import Totals
from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Condition, Route, Target
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.providers import USAGE_MS
from dragoman.service.admin.trouble import explain_rest
from dragoman.service.exchange import Inbound
from dragoman.service.explain import Explanation, explain_request
from dragoman.service.switchboard import Switchboard, Switchboards
from dragoman.service.way import BYTES_PER_TOKEN
from dragoman.wire.json_document import encode_json

MAX_TOKENS = 2_000_000


class ConditionView(msgspec.Struct, frozen=True):
    """Which requests a target is for; 0 is no bound."""

    tags: list[str]
    headers: dict[str, str]
    min_tokens: int
    max_tokens: int


class TargetView(msgspec.Struct, frozen=True):
    """One target. `message` says why it could not answer now; without `when` it is for all requests."""

    target: str
    weight: float
    is_ready: bool
    message: str
    price: float | None
    when: ConditionView | None


class RouteView(msgspec.Struct, frozen=True):
    """One route. Usage is that of the last 24 hours under its own name."""

    name: str
    aliases: list[str]
    policy: str
    strict: bool
    on_disconnect: str
    targets: list[TargetView]
    fallback: dict[str, list[str]]
    usage: Totals


class Question(msgspec.Struct, frozen=True):
    """A request to explain: a model, or a whole body in a dialect. `tokens`: as if it were at least so long."""

    model: str = ""
    dialect: str = "openai_chat"
    body: dict[str, Any] | None = None
    tokens: Annotated[int, Meta(ge=0, le=MAX_TOKENS)] = 0


async def list_routes(
    boards: Switchboards, settings: Settings, clock: Clock, insight: Insight | None
) -> list[RouteView]:
    """All configured routes in their order."""
    usage: Mapping[str, Totals] = {}
    if insight is not None:
        now_ms = insight.now_ms()
        lines = await insight.reader.ask(lambda store: store.read_usage(now_ms - USAGE_MS, now_ms + 1, "route"))
        usage = {line.name: line.totals for line in lines}
    board, now = boards(), clock.monotonic()
    by_name = {route.name: route for route in board.resolver.routes}
    return [
        _view_route(by_name[name], one.aliases, board, usage.get(name, Totals()), now)
        for name, one in settings.routes.items()
        if name in by_name
    ]


def explain(board: Switchboard, question: Question, clock: Clock) -> Explanation:
    """Where a request would go now. Nobody is called."""
    dialect = DIALECTS.get(question.dialect)
    if dialect is None or dialect.client is None:
        known = ", ".join(name for name, one in DIALECTS.items() if one.client is not None)
        raise invalid(f"There is no client dialect {question.dialect[:64]!r}; there are: {known}.", "dialect")
    if not question.model and question.body is None:
        raise invalid("Name a model, or give a request's body.", "model")
    content = encode_json(question.body if question.body is not None else {"model": question.model})
    content = content.ljust(question.tokens * BYTES_PER_TOKEN)  # a length is guessed of bytes, and spaces mean nothing
    inbound = Inbound(dialect.client, content, path_model=question.model or None, path_stream=False)
    return explain_request(board, inbound, question.model, clock.monotonic())


def _view_route(route: Route, aliases: list[str], board: Switchboard, usage: Totals, now: float) -> RouteView:
    return RouteView(
        name=route.name,
        aliases=list(aliases),
        policy=route.policy,
        strict=route.strict,
        on_disconnect=route.on_disconnect,
        targets=[_view_target(target, board.pools, now) for target in route.targets],
        fallback={kind.value: [one.name for one in targets] for kind, targets in route.fallback.items()},
        usage=usage,
    )


def _view_target(target: Target, pools: Mapping[str, CredentialPool], now: float) -> TargetView:
    pool = pools.get(target.provider.name)
    message = "the provider is not in use"
    if pool is not None:
        described = pool.describe(target.model, now)
        rests = [explain_rest(credential.name, rest) for credential, rest in described if rest is not None]
        message = "" if len(rests) < len(described) else " ".join(rests)
    return TargetView(target.name, target.weight, not message, message, target.price, view_condition(target.condition))


def view_condition(condition: Condition | None) -> ConditionView | None:
    """The same in a list's order."""
    if condition is None:
        return None
    return ConditionView(sorted(condition.tags), dict(condition.headers), condition.min_tokens, condition.max_tokens)
