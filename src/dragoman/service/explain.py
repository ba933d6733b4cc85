"""Where a request would go, and why, without sending it to anybody."""

from __future__ import annotations

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.model.request import Request
from dragoman.routing.explain import Asked, Candidate, explain_route
from dragoman.service.continuation import can_continue
from dragoman.service.exchange import Inbound
from dragoman.service.switchboard import Switchboard
from dragoman.service.way import find_way


class Explanation(msgspec.Struct, frozen=True):
    """A decision that was not acted upon. `tokens` is a guess; `fallback` has the targets by class of error."""

    model: str
    dialect: str
    policy: str
    tokens: int
    needs: list[str]
    candidates: list[Candidate]
    fallback: dict[str, list[str]]
    max_attempts: int
    hedge_after_seconds: float | None = None  # when a second attempt would begin beside the first
    mirror: str = ""  # who would be shown the request as well
    continuing: list[str] | None = None  # who would go on with its stream if that broke off; None: nobody is to


def explain_request(switchboard: Switchboard, inbound: Inbound, model: str, now: float) -> Explanation:
    """Open a request, find its way as if it were to be answered, and describe that. `model` counts before the body's."""
    client = inbound.client
    envelope = client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
    envelope = msgspec.structs.replace(envelope, model=model or envelope.model)

    def parse(envelope: Envelope) -> Request:
        return client.parse_request(envelope)

    way = find_way(switchboard, inbound, envelope, now, parse)
    route = way.considered
    needs = sorted(way.needs.media)
    needs += [name for name in ("tools", "structured_output") if getattr(way.needs, name)]
    return Explanation(
        model=envelope.model,
        dialect=client.name,
        policy=route.policy,
        tokens=way.wish.tokens,
        needs=needs,
        candidates=explain_route(
            route, switchboard.pools, Asked(client.name, way.needs, way.traits), way.wish, now=now
        ),
        fallback={kind.value: [target.name for target in targets] for kind, targets in route.fallback.items()},
        max_attempts=way.wish.max_attempts,
        hedge_after_seconds=route.hedge.after_seconds if route.hedge is not None else None,
        mirror=route.mirror.to if route.mirror is not None else "",
        continuing=[target.name for target in route.targets if can_continue(target)] if route.continues else None,
    )
