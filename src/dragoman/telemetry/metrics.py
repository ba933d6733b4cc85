"""Every series that `/metrics` shows, as a table, and what a distribution is counted in.

All counting is in whole numbers of a small unit (microseconds, nanodollars), so that nothing is lost however long it
goes on; `scale` says how many of them make one of the unit in the name. `docs/metrics.md` is held against this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

MICROSECONDS = 1_000_000
NANODOLLARS = 1_000_000_000

DURATION_BOUNDS = tuple(
    milliseconds * 1000
    for milliseconds in (
        10,
        25,
        50,
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        20_000,
        40_000,
        80_000,
        160_000,
        320_000,
    )
)
FIRST_TOKEN_BOUNDS = tuple(
    milliseconds * 1000 for milliseconds in (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
)
TOKEN_BOUNDS = tuple(milliseconds * 1000 for milliseconds in (1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1_000))


class Family(msgspec.Struct, frozen=True):
    """One metric: its series differ in the values of its labels. `bounds` are the upper ends of a histogram's buckets,
    in what is counted."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    scale: int = 1
    bounds: tuple[int, ...] = ()


class Histogram:
    """One bucket for each bound and one for what is above them all."""

    __slots__ = ("buckets", "sum")

    def __init__(self, bounds: tuple[int, ...]) -> None:
        self.buckets = [0] * (len(bounds) + 1)
        self.sum = 0

    def __repr__(self) -> str:
        return f"<Histogram of {sum(self.buckets)}>"


Labels = tuple[str, ...]

Reading = tuple[Family, Iterable[tuple[Labels, "int | Histogram"]]]
"""A family with the values that its series have now."""

REQUESTS = Family(
    "dragoman_requests_total",
    "counter",
    "Requests for an answer of a model that are over: by the route asked for, the target asked last, and how it ended.",
    ("route", "provider", "model", "outcome", "error"),
)
DURATION = Family(
    "dragoman_request_duration_seconds",
    "histogram",
    "Time from a request to the end of its answer.",
    ("provider", "model", "outcome"),
    MICROSECONDS,
    DURATION_BOUNDS,
)
FIRST_TOKEN = Family(
    "dragoman_time_to_first_token_seconds",
    "histogram",
    "Time from a request to the first part of its stream that means something.",
    ("provider", "model"),
    MICROSECONDS,
    FIRST_TOKEN_BOUNDS,
)
TOKEN_TIME = Family(
    "dragoman_time_per_output_token_seconds",
    "histogram",
    "Mean time between the tokens of a stream after its first; only of served streams whose tokens the provider told.",
    ("provider", "model"),
    MICROSECONDS,
    TOKEN_BOUNDS,
)
TOKENS = Family(
    "dragoman_tokens_total",
    "counter",
    "Tokens by class; no token is in two classes. Estimated where a provider told nothing.",
    ("provider", "model", "class"),
)
COST = Family(
    "dragoman_cost_dollars_total",
    "counter",
    "Cost of what this process has brought to its ledger, where a price is known.",
    ("provider", "model"),
    NANODOLLARS,
)
UNPRICED = Family(
    "dragoman_unpriced_requests_total",
    "counter",
    "Requests brought to the ledger that used tokens of which no price is known.",
    ("provider", "model"),
)
CACHE_HITS = Family(
    "dragoman_cache_hits_total",
    "counter",
    "Requests that got an earlier answer again, by the target that had given it.",
    ("provider", "model"),
)
CACHE_SAVINGS = Family(
    "dragoman_cache_saved_dollars_total",
    "counter",
    "What those answers would have cost, where a price is known.",
    ("provider", "model"),
    NANODOLLARS,
)
ATTEMPTS = Family(
    "dragoman_attempts_total",
    "counter",
    "Tries at a provider, retries among them; error is empty for those that served or were broken off.",
    ("provider", "error"),
)
LOSSES = Family(
    "dragoman_losses_total",
    "counter",
    "Requests in whose translation something was lost, by the kind of the loss.",
    ("code",),
)
OVERFLOWS = Family(
    "dragoman_series_overflows_total",
    "counter",
    "Requests that are counted as other because there are too many series already.",
)
IN_FLIGHT = Family(
    "dragoman_requests_in_flight",
    "gauge",
    "Requests of any kind that are being answered, without the one that reads this.",
)
WAITING = Family("dragoman_requests_waiting", "gauge", "Requests that wait for a credential.")
DRAINING = Family("dragoman_draining", "gauge", "1 while the gateway takes no more requests because it is to stop.")
CREDENTIALS = Family(
    "dragoman_credentials",
    "gauge",
    "Credentials by what they are: ready, or why they rest for every model that they were used with.",
    ("provider", "state"),
)
CREDENTIAL_USE = Family(
    "dragoman_credential_uses_in_flight", "gauge", "Tries at a provider that are under way.", ("provider",)
)
BACKLOG = Family(
    "dragoman_ledger_backlog_bytes", "gauge", "Bytes of the journal that have not arrived in the ledger yet."
)
UNWRITTEN = Family(
    "dragoman_ledger_unwritten_rows", "gauge", "Rows that wait in memory because the journal cannot be written."
)
LOST = Family("dragoman_ledger_lost_rows_total", "counter", "Rows that the ledger has lost.")
BUILD = Family("dragoman_build_info", "gauge", "Always 1; says which version runs.", ("version",))

FAMILIES = (
    *(REQUESTS, DURATION, FIRST_TOKEN, TOKEN_TIME, TOKENS, COST, UNPRICED, ATTEMPTS, LOSSES, OVERFLOWS, CACHE_HITS),
    *(CACHE_SAVINGS, IN_FLIGHT, WAITING, DRAINING, CREDENTIALS, CREDENTIAL_USE, BACKLOG, UNWRITTEN, LOST, BUILD),
)
"""All of them, in the order in which they are shown."""
