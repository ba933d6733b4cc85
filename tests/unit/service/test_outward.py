"""What of a provider's answer, and of our trouble with it, is seen outside."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Attempt, Target
from dragoman.service.exchange import Exchange
from dragoman.service.outward import name_own_fault, select_answer_headers
from tests.unit.routing.house import make_provider


def make_exchange() -> Exchange:
    provider = make_provider("acme")
    return Exchange("ex", "openai_chat", "p", 0.0, attempt=Attempt(Target(provider, "m"), provider.credentials[0], 1))


def test_only_listed_headers_come_back() -> None:
    headers = [(b"request-id", b"r"), (b"set-cookie", b"c"), (b"openai-organization", b"o"), (b"x-request-id", b"x")]
    assert select_answer_headers(headers) == ((b"request-id", b"r"), (b"x-request-id", b"x"))


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION])
def test_a_refused_credential_of_ours_is_never_blamed_on_the_caller(kind: Kind) -> None:
    shown = name_own_fault(DragomanError(kind, "bad key sk-123", blame="gateway"), make_exchange())
    assert shown.status == 503
    assert "acme-1" in shown.message
    assert "sk-123" not in shown.message


def test_other_errors_stay_as_they_are() -> None:
    for error in (DragomanError(Kind.AUTHENTICATION, "yours"), DragomanError(Kind.TIMEOUT, "late", blame="upstream")):
        assert name_own_fault(error, make_exchange()) is error
