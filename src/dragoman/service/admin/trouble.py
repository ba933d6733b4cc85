"""What is wrong now with those that serve: keys that rest, providers that are out, a ledger that cannot keep up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from dragoman.ledger.control.records import Period
from dragoman.ledger.writer import Backlog
from dragoman.routing.key_state import KeyState, Rest
from dragoman.routing.pool import CredentialPool
from dragoman.service.access.custody import KeyCard, TeamCard
from dragoman.service.admin.overview import Trouble, TroubleKind

BACKLOG_BYTES = 16 * 1024 * 1024
BUDGET_SHARE = 0.8

PERIODS: dict[Period, str] = {"day": "of today", "week": "of this week", "month": "of this month", "total": "in all"}

REASONS: dict[str, str] = {
    "paused": "was paused by hand",
    "quarantined": "was refused by the provider",
    "cooling": "rests because the provider limits its rate",
    "overloaded": "rests because the provider is overloaded",
    "exhausted": "has used up what the provider allows",
    "own_limit": "has reached a limit of yours",
    "busy": "is as busy as you allow",
    "ejected": "has failed too often in a row",
    "other_models": "may not be used for this model",
    "excluded": "was tried already",
}

KINDS: dict[str, TroubleKind] = {"quarantined": "credential_quarantined", "paused": "credential_paused"}
HARMLESS = frozenset({"busy", "other_models", "excluded"})


def find_pool_trouble(pools: Mapping[str, CredentialPool], now: float) -> list[Trouble]:
    """One entry for each key that rests for all that it was used for, or for a model."""
    found: list[Trouble] = []
    for provider, pool in pools.items():
        for key in pool.keys:
            found += _find_key_trouble(provider, key, now)
        for model, health in pool.list_health().items():
            seconds = health.breaker.ejected_until - now
            if seconds > 0:
                message = f"{provider}/{model} has failed too often in a row; others are asked before it."
                found.append(
                    Trouble("provider_out", f"{provider}/{model}", message, seconds, link_to_provider(provider))
                )
    return found


def explain_rest(name: str, rest: Rest) -> str:
    """A sentence for people."""
    known = rest.seconds != float("inf") and rest.seconds > 0
    return f"{name} {REASONS[rest.reason]}{f', for another {rest.seconds:.0f} s' if known else ''}."


def link_to_provider(name: str) -> str:
    """Its card on the page of providers."""
    return f"/providers?{urlencode({'text': name})}"


def find_backlog_trouble(backlog: Backlog) -> list[Trouble]:
    """A ledger that is behind, or has lost rows."""
    found: list[Trouble] = []
    if backlog.bytes > BACKLOG_BYTES or backlog.waiting:
        message = "The ledger cannot take what the journal has; nothing is lost yet, the log says why."
        found.append(Trouble("ledger_behind", "ledger", message))
    if backlog.lost:
        found.append(
            Trouble("ledger_lost", "ledger", f"{backlog.lost} rows of the ledger were lost; the log says why.")
        )
    return found


def find_budget_trouble(cards: Iterable[KeyCard | TeamCard]) -> list[Trouble]:
    """Keys and teams whose budget is nearly spent, or wholly."""
    found: list[Trouble] = []
    for card in cards:
        for period, budget in card.budgets.items():
            spent = card.spent.get(period, 0) + card.reserved_nanodollars
            if budget and spent >= budget * BUDGET_SHARE:
                told = f"{card.name} has spent {spent * 100 // budget} % of its budget {PERIODS[period]}."
                tab = "keys" if isinstance(card, KeyCard) else "teams"
                link = f"/keys?{urlencode({'tab': tab, 'text': card.name})}"
                found.append(Trouble("budget", card.name, told, None, link))
    return found


def _find_key_trouble(provider: str, key: KeyState, now: float) -> list[Trouble]:
    name = f"{provider}/{key.credential.name}"
    models = list(key.models) or [next(iter(key.credential.models or ("",)))]
    rests = {model: key.find_rest(model, 0, now) for model in models}
    told: dict[str, Trouble] = {}
    for model, rest in rests.items():
        if rest is None or rest.reason in HARMLESS or rest.reason in told:
            continue
        subject = name if rest.reason in {"paused", "own_limit"} or not model else f"{name} for {model}"
        seconds = rest.seconds if rest.seconds != float("inf") else None
        kind = KINDS.get(rest.reason, "credential_resting")
        message = f"{subject} {REASONS[rest.reason]}."  # `seconds` tells for how long
        told[rest.reason] = Trouble(kind, name, message, seconds, link_to_provider(provider))
    return list(told.values())
