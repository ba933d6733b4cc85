"""Why a request goes where it goes: every candidate in the order in which it would be tried, and what speaks against it.

Pure and without effect: no turn is taken, nothing is charged, nobody is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dragoman.routing.attempts import Wish
from dragoman.routing.capability import NO_NEEDS, Needs, find_lack
from dragoman.routing.conditions import NO_TRAITS, Traits, find_unmet
from dragoman.routing.pool import CredentialPool
from dragoman.routing.selection import order_targets
from dragoman.routing.target import Route


class KeyView(msgspec.Struct, frozen=True):
    """One key as it stands for a model. `rest` is empty for one that is ready."""

    name: str
    is_home: bool = False  # the conversation belongs to it
    rest: str = ""
    seconds: float | None = None  # until it is ready, where that is known


class Candidate(msgspec.Struct, frozen=True):
    """One target as it stands for a request. `skipped` is empty for one that would be tried."""

    target: str
    dialect: str
    is_passed_through: bool
    keys: list[KeyView]
    skipped: str = ""


class Asked(NamedTuple):
    """What has to be known of the request itself."""

    dialect: str
    needs: Needs = NO_NEEDS
    traits: Traits = NO_TRAITS


def explain_route(
    route: Route, pools: Mapping[str, CredentialPool], asked: Asked, wish: Wish, *, now: float
) -> list[Candidate]:
    """The candidates in the order in which they would be tried, those that would be skipped included."""
    candidates = []
    admitted = [target for target in route.targets if not find_unmet(target.condition, asked.traits)]
    lacks = [find_lack(target, asked.needs) for target in admitted]
    heeds_lacks = not all(lacks)
    for target in order_targets(route, pools, _draw_middle):
        pool = pools[target.provider.name]
        face = target.provider.face_for(asked.dialect)
        keys = _view_keys(pool, target.model, wish, now)
        lack = find_unmet(target.condition, asked.traits) or (find_lack(target, asked.needs) if heeds_lacks else "")
        candidates.append(
            Candidate(
                target=target.name,
                dialect=face.dialect,
                is_passed_through=face.dialect == asked.dialect,
                keys=keys,
                skipped=lack or _find_obstacle(pool, target.model, keys, now),
            )
        )
    return candidates


def _view_keys(pool: CredentialPool, model: str, wish: Wish, now: float) -> list[KeyView]:
    home = pool.find_home(wish.session) if wish.session is not None else None
    views = []
    for credential, rest in pool.describe(model, now, wish.tokens):
        seconds = rest.seconds if rest is not None and rest.seconds != float("inf") else None
        views.append(KeyView(credential.name, credential is home, rest.reason if rest else "", seconds))
    return views


def _find_obstacle(pool: CredentialPool, model: str, keys: list[KeyView], now: float) -> str:
    """Why the whole target would be passed over."""
    if all(key.rest for key in keys) and any(key.rest != "ejected" for key in keys):
        return "no key is ready"
    seconds = pool.health(model).breaker.ejected_until - now
    return f"out for its faults for another {seconds:.0f} s" if seconds > 0 else ""


def _draw_middle() -> float:
    """A draw that favours nobody."""
    return 0.5
