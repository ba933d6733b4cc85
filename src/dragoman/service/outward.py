"""What of a provider's answer, and of our own trouble with a provider, may be seen outside."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Attempt
from dragoman.service.exchange import Exchange
from dragoman.telemetry.echoes import mask_body, mask_pieces, quote_words

_ABOUT_THE_REQUEST = frozenset(
    {
        Kind.INVALID_REQUEST,
        Kind.UNSUPPORTED,
        Kind.CONTEXT_LENGTH,
        Kind.CONTENT_POLICY,
        Kind.NOT_FOUND,
        Kind.CONFLICT,
        Kind.TOO_LARGE,
    }
)
_NO_SECRETS = (b"anthropic-", b"openai-", b"user-agent", b"accept", b"content-type", b"http-referer", b"x-title")
"""Headers that an operator may set and that providers speak of in their errors."""

_OWN_CREDENTIAL = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION})


def word_for_client(error: DragomanError, exchange: Exchange) -> DragomanError:
    """An error as the client is to hear of it: in a provider's own bytes or with a quotation, but without its key."""
    named = name_own_fault(error, exchange)
    attempt, reply = exchange.attempt, named.reply
    if attempt is None or reply is None:
        return named
    secrets = list_shown(attempt)
    reply.body = mask_body(reply.body, secrets)
    named.path = mask_pieces(named.path, secrets)
    named.code = mask_pieces(named.code, secrets) if named.code else None
    words = quote_words(reply.said, secrets) if named.kind in _ABOUT_THE_REQUEST else ""
    named.quote = f"Provider {attempt.target.provider.name!r} says: {words}" if words else ""
    return named


def list_shown(attempt: Attempt) -> list[str]:
    """The secrets that a provider was shown and could say again; without the word before them (`Bearer …`, `key=…`).
    Amazon repeats what was signed, tokens and all."""
    shown = attempt.credential.shown.values()
    pairs = [*attempt.target.provider.headers, *(pair for one in shown for pair in one.headers)]
    values = [value.rpartition(b" ")[2] for name, value in pairs if not name.startswith(_NO_SECRETS)]
    values += [one.query.partition(b"=")[2] for one in shown]
    withheld = [one.withheld.secret for one in shown if one.withheld is not None and one.withheld.scheme == "sigv4"]
    texts = [value.decode("latin-1") for value in values]
    return texts + [piece for secret in withheld for piece in secret.reveal().split(":")]


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
