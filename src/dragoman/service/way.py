"""The way of a request: its route, narrowed to those who can serve it, as the request itself wants it, and its wish.

On the common way (one target, no word about routing) all of this is one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model import content
from dragoman.model.request import JsonSchemaOutput, Request
from dragoman.routing.attempts import Wish
from dragoman.routing.capability import NO_NEEDS, Needs, narrow_route
from dragoman.routing.conditions import NO_TRAITS, Traits, admit_request
from dragoman.routing.mints import carries_minted
from dragoman.routing.steering import read_steering, steer_route
from dragoman.routing.target import Attempt, Route
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.sessions import find_earlier_response, find_files, find_session, hash_response
from dragoman.service.switchboard import Switchboard
from dragoman.wire.json_document import JsonDocument

BYTES_PER_TOKEN = 4
"""A guess that is good enough for rate limits: what was really used is known afterwards."""

LEAST_SECONDS = 0.01

EMBEDDED_MEDIA = b"base64"
"""Where media are in the body its length tells nothing of tokens."""


_STEERING_FIELDS = ("models", "provider")
_MEDIA: dict[type, str] = {
    content.Image: "image",
    content.Audio: "audio",
    content.Video: "video",
    content.File: "file",
}


class Way(msgspec.Struct, frozen=True, gc=False):
    """`envelope` is the request without what only the gateway was meant to read; `considered` the route with those
    targets too that cannot do what the request needs."""

    route: Route
    envelope: Envelope
    wish: Wish
    needs: Needs
    considered: Route
    traits: Traits
    is_sticky: bool  # it matters to which conversation the request belongs


def find_way(
    switchboard: Switchboard, inbound: Inbound, envelope: Envelope, started: float, parse: Callable[[Envelope], Request]
) -> Way:
    """Where a request that began then goes; raises if its route or what it says about it leads nowhere."""
    route = switchboard.resolver.resolve(envelope.model)
    fields = envelope.document.fields
    if inbound.hints or "models" in fields or "provider" in fields:
        route, envelope = _steer(switchboard, inbound, envelope, route)
    considered, needs, traits = route, NO_NEEDS, NO_TRAITS
    tokens = len(envelope.document.body) // BYTES_PER_TOKEN
    if route.is_particular:
        route, needs, traits = _narrow(route, inbound, envelope, tokens, parse)
    is_sticky = route.has_choice and switchboard.patience.affinity
    session = find_session(inbound, envelope) if is_sticky else None
    wish = switchboard.build_wish(tokens, started, route, session)
    if is_sticky:
        wish = _pull_to_minter(switchboard, inbound, envelope, wish)
    if inbound.beside:
        wish = msgspec.structs.replace(wish, beside=inbound.beside[-1])
    if inbound.continuation is not None:
        route, wish = inbound.continuation.narrow(route, wish)
    return Way(route, envelope, wish, needs, considered, traits, is_sticky)


def _narrow(
    route: Route, inbound: Inbound, envelope: Envelope, tokens: int, parse: Callable[[Envelope], Request]
) -> tuple[Route, Needs, Traits]:
    """The route with those targets only that are for such a request and can do what it needs."""
    needs, traits = NO_NEEDS, NO_TRAITS
    if route.is_conditional:
        traits = Traits(dict(inbound.forwarded) | dict(inbound.hints), tokens)
        route = admit_request(route, traits)
    if route.differs:
        needs = find_needs(parse, envelope)
    if tokens > route.least_window > 0 and EMBEDDED_MEDIA not in inbound.body:
        needs = msgspec.structs.replace(needs, tokens=tokens)
    return (route if needs is NO_NEEDS else narrow_route(route, needs)), needs, traits


def _pull_to_minter(switchboard: Switchboard, inbound: Inbound, envelope: Envelope, wish: Wish) -> Wish:
    """Whoever minted the tokens that the request carries is asked first; most requests carry none."""
    mints = switchboard.mints
    response = find_earlier_response(inbound, envelope)
    minter = mints.find(response) if response is not None else None
    if minter is None and (files := find_files(inbound)):
        minter = next(filter(None, map(mints.find, files)), None)
    if minter is None and wish.session is not None:
        known = mints.find(wish.session)
        minter = known if known is not None and carries_minted(inbound.body) else None
    return wish if minter is None else msgspec.structs.replace(wish, minter=minter)


def note_minter(switchboard: Switchboard, inbound: Inbound, exchange: Exchange, session: int | None) -> None:
    """An exchange went well: what its answer holds, and the files it was about, are understood by whoever gave it."""
    attempt = exchange.attempt
    if attempt is None:
        raise AssertionError("an exchange that went well had an attempt")
    provider, credential = attempt.target.provider.name, attempt.credential.name
    if session is not None:
        switchboard.mints.note(session, provider, credential)
    for file in find_files(inbound):
        switchboard.mints.note(file, provider, credential)
    if exchange.response_id:
        switchboard.mints.note(hash_response(exchange.principal, exchange.response_id), provider, credential)


def _steer(switchboard: Switchboard, inbound: Inbound, envelope: Envelope, route: Route) -> tuple[Route, Envelope]:
    """A provider that gets the body as it came gets these fields too, where it reads them itself or where there is no
    choice of targets; then only headers are meant for us."""
    document = envelope.document
    given = [name for name in _STEERING_FIELDS if name in document.fields]
    provider = route.targets[0].provider
    side = switchboard.provider_side(provider.face_for(inbound.client.name))
    is_passed_through = side.name == inbound.client.name
    if is_passed_through and (provider.steers or (len(route.targets) == 1 and "models" not in given)):
        given = []
    fields = {name: document.read(name) for name in given}
    steering = read_steering(dict(inbound.hints), fields.get("models"), fields.get("provider"))
    if given:
        stripped = JsonDocument(document.patch(dict.fromkeys(given)))
        envelope = msgspec.structs.replace(envelope, document=stripped)
    return steer_route(route, steering, switchboard.resolver.resolve, switchboard.find_prices), envelope


def cap_total(route: Route, attempt: Attempt, wish: Wish, now: float) -> Route:
    """The route for an attempt after the first: all attempts together may take no longer than one."""
    if wish.deadline is None:
        return route
    timeouts = route.timeouts or attempt.target.provider.timeouts
    left = max(min(timeouts.total, wish.deadline - now), LEAST_SECONDS)
    return msgspec.structs.replace(route, timeouts=msgspec.structs.replace(timeouts, total=left))


def find_needs(parse: Callable[[Envelope], Request], envelope: Envelope) -> Needs:
    """What of the request not every target can do. One that cannot be understood needs nothing here: it is refused, or
    passed on, further down."""
    try:
        request = parse(envelope)
    except DragomanError:
        return NO_NEEDS
    return Needs(
        media=frozenset(_find_media(part for turn in request.turns for part in turn.parts)),
        tools=bool(request.tools),
        structured_output=isinstance(request.output, JsonSchemaOutput),
    )


def _find_media(parts: Iterable[content.Part]) -> set[str]:
    found: set[str] = set()
    for part in parts:
        kind = _MEDIA.get(type(part))
        if kind is not None:
            found.add(kind)
        elif isinstance(part, content.ToolResult):
            found |= _find_media(part.parts)
    return found
