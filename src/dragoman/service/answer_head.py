"""What the head of a provider's answer is good for: what it says is left of limits, and what of it the client gets.

Which headers those are is found once for each list of names, since a provider's answers have the same ones, or nearly so.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter

from dragoman.clock import Clock
from dragoman.routing.limit_headers import read_limits, tell_limits
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import Exchange
from dragoman.upstream.transport import Answer

_read_name = itemgetter(0)
_KEPT = frozenset({b"request-id", b"x-request-id", b"openai-processing-ms", b"openai-version", b"openai-model"})

Positions = tuple[int, ...]


def note_head(exchange: Exchange, answer: Answer, clock: Clock) -> Positions:
    """The head of an answer is there: note what the provider says is left, and find what a client of the same dialect
    gets of it: an allow-list, without cookies, accounts, limits."""
    headers, lease = answer.headers, exchange.lease
    kept, is_telling = _study_names(tuple(map(_read_name, headers)))
    if lease is not None:
        if is_telling:
            lease.learn(read_limits(headers, clock.unix()), clock.monotonic())
        else:
            lease.learn((), lease.started)
    return kept


def select_kept(answer: Answer, kept: Positions) -> HeaderPairs:
    """The headers that were found, of the same answer."""
    headers = answer.headers
    return tuple([headers[position] for position in kept])


@lru_cache(maxsize=128)
def _study_names(names: tuple[bytes, ...]) -> tuple[Positions, bool]:
    return tuple([position for position, name in enumerate(names) if name in _KEPT]), tell_limits(names)
