"""Which requests go straight to their origin, and which by way of what is done to them."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.model.secret import Secret
from dragoman.routing.target import Origin, Withheld
from dragoman.service.sending.crossroads import Crossroads
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import OutgoingRequest

PUBLIC = Origin("https", "api.example.com", 443)
WORKER = Origin("http", "worker", 80, unix_path="/run/worker.sock")
SIGNED = Withheld("sigv4", Secret("a:b"))


@pytest.mark.parametrize(
    ("origin", "withheld", "is_special"),
    [(PUBLIC, None, False), (PUBLIC, SIGNED, True), (WORKER, None, True), (WORKER, SIGNED, True)],
    ids=["plain", "signed", "worker", "signed-worker"],
)
def test_only_what_nothing_is_done_to_goes_straight(
    origin: Origin, withheld: Withheld | None, is_special: bool
) -> None:
    plain, special = ScriptedTransport(lambda _: Script(status=201)), ScriptedTransport(lambda _: Script(status=202))
    request = OutgoingRequest(origin, b"POST", b"/v1", [], b"{}", withheld=withheld)
    answer = asyncio.run(Crossroads(plain, special).send(request))
    assert answer.status == (202 if is_special else 201)
