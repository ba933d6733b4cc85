"""What a key or a team is to be granted: checked for sense, and against what its maker has.

A pattern is covered by another one if that one fits the pattern's own text: with nothing but stars in them, all that the
former fits then fits the latter too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.control.records import Grant, KeyRecord, Limits, Period, Role
from dragoman.service.scope import compile_patterns

MAX_PATTERNS = 200
MAX_TAGS = 20
MAX_NUMBER = 2**53

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,63}")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/=@-]{0,63}")
_PATTERN = re.compile(r"[^\[\]?\x00-\x1f\x7f]{1,256}")


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody is granted, as it is asked for. Money is nanodollars; 0 is no limit."""

    models: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    rpm: int = 0
    tpm: int = 0
    concurrency: int = 0
    budgets: dict[Period, int] = {}
    allow_unpriced: bool = False


class TermsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be different; what is left out stays. Budgets are given all together."""

    models: tuple[str, ...] | msgspec.UnsetType | None = msgspec.UNSET
    providers: tuple[str, ...] | msgspec.UnsetType | None = msgspec.UNSET
    rpm: int | msgspec.UnsetType = msgspec.UNSET
    tpm: int | msgspec.UnsetType = msgspec.UNSET
    concurrency: int | msgspec.UnsetType = msgspec.UNSET
    budgets: dict[Period, int] | msgspec.UnsetType = msgspec.UNSET
    allow_unpriced: bool | msgspec.UnsetType = msgspec.UNSET


class Maker(msgspec.Struct, frozen=True):
    """Who hands something out. `grant` is what a virtual key has itself; None for all others, who have everything."""

    name: str
    role: Role = "admin"
    team: str = ""
    grant: Grant | None = None
    expires_ms: int | None = None


def find_maker(keys: Iterable[KeyRecord], name: str, role: Role, team: str) -> Maker:
    """The maker behind a caller of that name."""
    for key in keys:
        if name in {key.name, f"{key.name}#{key.id}"} and key.revoked_ms is None:
            return Maker(name, role, team, key.grant, key.expires_ms)
    return Maker(name, role, team)


def build_grant(terms: Terms) -> Grant:
    """The terms as they are kept; raises where they make no sense."""
    limits = Limits(terms.rpm, terms.tpm, terms.concurrency, dict(terms.budgets))
    for path, number in (("rpm", limits.rpm), ("tpm", limits.tpm), ("concurrency", limits.concurrency)):
        if not 0 <= number <= MAX_NUMBER:
            raise invalid("Must be a number of at least 0; 0 is no limit.", path)
    for period, budget in limits.budgets.items():
        if not 0 < budget <= MAX_NUMBER:
            raise invalid("Must be more than nothing; leave it out for no budget.", f"budgets.{period}")
    for path, patterns in (("models", terms.models), ("providers", terms.providers)):
        check_patterns(patterns, path)
    return Grant(terms.models, terms.providers, limits, terms.allow_unpriced)


def change_grant(grant: Grant, change: TermsChange) -> Grant:
    """The grant with what is to be different."""
    limits = grant.limits
    terms = Terms(
        models=grant.models,
        providers=grant.providers,
        rpm=limits.rpm,
        tpm=limits.tpm,
        concurrency=limits.concurrency,
        budgets=limits.budgets,
        allow_unpriced=grant.allow_unpriced,
    )
    given = {name: getattr(change, name) for name in Terms.__struct_fields__}
    return build_grant(msgspec.structs.replace(terms, **drop_unset(given)))


def drop_unset(given: dict[str, Any]) -> dict[str, Any]:
    """What was given."""
    return {name: value for name, value in given.items() if value is not msgspec.UNSET}


def check_name(name: str) -> None:
    """A name that people can tell apart and that stands well in a table."""
    if not _NAME.fullmatch(name) or name != name.strip():
        raise invalid("Must be 1 to 64 letters, digits, blanks or ._@+- and begin with a letter or digit.", "name")


def check_tags(tags: Iterable[str]) -> None:
    """Words without commas."""
    if len(tuple(tags)) > MAX_TAGS or not all(_TAG.fullmatch(tag) for tag in tags):
        raise invalid(f"Must be no more than {MAX_TAGS} words of letters, digits and ._:/=@-.", "tags")


def check_patterns(patterns: tuple[str, ...] | None, path: str) -> None:
    """Names with `*` for any text."""
    if patterns is not None and (
        len(patterns) > MAX_PATTERNS or not all(_PATTERN.fullmatch(pattern) for pattern in patterns)
    ):
        raise invalid(f"Must be no more than {MAX_PATTERNS} names, with `*` for any text and no `?` or `[`.", path)


def inherit_grant(grant: Grant, maker: Maker) -> Grant:
    """The grant as this maker may give it: what it leaves open is what the maker has; more than that is refused."""
    own = maker.grant
    if own is None:
        return grant
    if own.limits != Limits():
        raise DragomanError(
            Kind.PERMISSION,
            "A key that has limits of its own cannot hand out others: together they could use more than it may. "
            "Give the limits to its team instead.",
        )
    models = own.models if grant.models is None else grant.models
    providers = own.providers if grant.providers is None else grant.providers
    for path, wanted, had in (("models", models, own.models), ("providers", providers, own.providers)):
        if had is not None and not all(map(compile_patterns(had), wanted or ())):
            raise DragomanError(Kind.PERMISSION, "A key cannot give more than it has itself.", path=path)
    return msgspec.structs.replace(grant, models=models, providers=providers)
