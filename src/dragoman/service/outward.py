"""What of a provider's answer, and of our own trouble with a provider, may be seen outside."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import Exchange

_KEPT_HEADERS = frozenset({b"request-id", b"x-request-id", b"openai-processing-ms", b"openai-version", b"openai-model"})

_OWN_CREDENTIAL = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION})


def select_answer_headers(headers: list[tuple[bytes, bytes]]) -> HeaderPairs:
    """The provider's headers that a client of the same dialect gets: an allow-list, without cookies, accounts, limits."""
    return tuple([pair for pair in headers if pair[0] in _KEPT_HEADERS])


def name_own_fault(error: DragomanError, exchange: Exchange) -> DragomanError:
    """A provider that refuses the gateway's own credential is not the caller's fault: 503, and who must act."""
    if error.blame != "gateway" or error.kind not in _OWN_CREDENTIAL or exchange.attempt is None:
        return error
    attempt = exchange.attempt
    return DragomanError(
        Kind.UNAVAILABLE,
        f"Provider {attempt.target.provider.name!r} refused the gateway's credential {attempt.credential.name!r} "
        f"({error.status}). The operator of the gateway must check it.",
        blame="gateway",
        status=503,
        code="provider_credential_refused",
    )
