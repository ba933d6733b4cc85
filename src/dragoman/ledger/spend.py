"""What exchanges cost, by who paid and by day: the sums that budgets go by.

A scope is `key:<name>`, `team:<name>` or the whole gateway. Days are those of UTC in which exchanges began. The ledger's
own sums tell all of it, so there is nothing that could differ from what the usage pages show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.store import Store

GATEWAY = "gateway"
DAY_MS = 86_400_000
FOREVER_MS = 10_000 * 365 * DAY_MS


def scope_of_key(principal: str) -> str:
    """The scope of a key."""
    return f"key:{principal}"


def scope_of_team(team: str) -> str:
    """The scope of a team."""
    return f"team:{team}"


def list_scopes(principal: str, team: str) -> list[str]:
    """For whom an exchange of theirs counts."""
    scopes = [GATEWAY, scope_of_key(principal)]
    if team:
        scopes.append(scope_of_team(team))
    return scopes


def fold_spend(rows: Iterable[ExchangeRow]) -> dict[tuple[str, int], int]:
    """The sums of some rows by scope and day."""
    by_payer: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for row in rows:
        cost = row.cost_nanodollars
        if cost:
            by_payer[row.principal, row.team, row.started_ms // DAY_MS].append(cost)
    folded: defaultdict[tuple[str, int], int] = defaultdict(int)
    for (principal, team, day), costs in by_payer.items():
        for scope in list_scopes(principal, team):
            folded[scope, day * DAY_MS] += sum(costs)
    return folded


def read_spend(store: Store, since_ms: int) -> dict[str, int]:
    """What each scope has spent since a day began."""
    spent = {GATEWAY: 0}
    for line in store.read_usage(since_ms, FOREVER_MS, "key"):
        spent[scope_of_key(line.name)] = line.totals.cost_nanodollars
        spent[GATEWAY] += line.totals.cost_nanodollars
    for line in store.read_usage(since_ms, FOREVER_MS, "team"):
        if line.name:
            spent[scope_of_team(line.name)] = line.totals.cost_nanodollars
    return spent
