"""Virtual keys: made, changed, renewed, revoked. `dgm_<id>_<secret>`; the secret is told once and kept as a digest.

A key never grants more than its maker has. An admin makes any key; the admin of a team those of that team.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.control.records import AuditEntry, Grant, Holdings, KeyRecord, Role
from dragoman.ledger.control.store import ControlStore
from dragoman.model.secret import HIDDEN, SHOWN_CHARACTERS, Secret
from dragoman.service.access.grants import (
    Maker,
    Terms,
    TermsChange,
    build_grant,
    change_grant,
    check_name,
    check_tags,
    drop_unset,
    inherit_grant,
)
from dragoman.service.principals import VIRTUAL_PREFIX, digest_secret

ID_BYTES = 5
SECRET_BYTES = 24
SECRET_FIELDS = frozenset({"digest"})

ROLES_BY_MAKER: dict[Role, frozenset[Role]] = {
    "admin": frozenset({"admin", "viewer", "team_admin", "member"}),
    "team_admin": frozenset({"team_admin", "member"}),
}
"""Which roles who may give; those who are not here give none."""

FIELDS = ("role", "team", "user", "tags", "expires_ms")


class KeyWish(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that is to be made."""

    name: str
    role: Role = "member"
    team: str = ""
    user: str = ""
    tags: tuple[str, ...] = ()
    expires_ms: int | None = None


class KeyChange(TermsChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a key is to be different. Its name stays: what it keeps here is found by it."""

    role: Role | msgspec.UnsetType = msgspec.UNSET
    team: str | msgspec.UnsetType = msgspec.UNSET
    user: str | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    expires_ms: int | msgspec.UnsetType | None = msgspec.UNSET


def create_key(store: ControlStore, maker: Maker, wish: KeyWish, now_ms: int) -> tuple[KeyRecord, Secret]:
    """A new key, and its secret for the only time."""
    check_name(wish.name)
    key_id = secrets.token_hex(ID_BYTES)
    secret = _draw_secret(key_id)
    team = maker.team if maker.role == "team_admin" and not wish.team else wish.team
    record = KeyRecord(
        id=key_id,
        name=wish.name,
        digest=digest_secret(secret.reveal()),
        hint=_hint(secret),
        created_ms=now_ms,
        maker=maker.name,
        role=wish.role,
        team=team,
        user=wish.user,
        tags=wish.tags,
        expires_ms=wish.expires_ms,
        grant=build_grant(wish),
    )
    record = _check(record, maker, store.read_holdings(), now_ms)
    changes = _describe(record, {})
    store.add_key(record, AuditEntry(now_ms, maker.name, "key.create", record.name, changes))
    return record, secret


def change_key(store: ControlStore, maker: Maker, key_id: str, change: KeyChange, now_ms: int) -> KeyRecord:
    """The key as it is from now on."""
    holdings = store.read_holdings()
    before = find_key(holdings, key_id, maker)
    given = drop_unset({name: getattr(change, name) for name in FIELDS})
    changed = msgspec.structs.replace(before, **given, grant=change_grant(before.grant, change))
    changed = _check(changed, maker, holdings, now_ms)
    changes = _describe(changed, msgspec.structs.asdict(before))
    store.change_key(changed, AuditEntry(now_ms, maker.name, "key.change", before.name, changes))
    return changed


def rotate_key(store: ControlStore, maker: Maker, key_id: str, now_ms: int) -> tuple[KeyRecord, Secret]:
    """The same key with another secret; the old one is worth nothing any more."""
    holdings = store.read_holdings()
    before = find_key(holdings, key_id, maker)
    allowed = _check(
        before, maker, holdings, now_ms
    )  # who renews a key can use it, so it gets no more than its maker has
    secret = _draw_secret(before.id)
    changed = msgspec.structs.replace(allowed, digest=digest_secret(secret.reveal()), hint=_hint(secret))
    store.change_key(changed, AuditEntry(now_ms, maker.name, "key.rotate", before.name, {"hint": changed.hint}))
    return changed, secret


def revoke_key(store: ControlStore, maker: Maker, key_id: str, now_ms: int) -> KeyRecord:
    """The key is worth nothing from now on, for good."""
    before = find_key(store.read_holdings(), key_id, maker)
    changed = msgspec.structs.replace(before, revoked_ms=now_ms)
    store.change_key(changed, AuditEntry(now_ms, maker.name, "key.revoke", before.name))
    return changed


def find_key(holdings: Holdings, key_id: str, maker: Maker, *, is_change: bool = True) -> KeyRecord:
    """A key by its id or its name, if this maker may see (or change) it; for all others there is none."""
    for key in holdings.keys:
        if key_id in {key.id, key.name} and may_see(maker, key):
            if is_change and key.revoked_ms is not None:
                raise DragomanError(Kind.CONFLICT, f"The key {key.name!r} was revoked; make another one.")
            if is_change and key.role not in ROLES_BY_MAKER.get(maker.role, ()):
                raise DragomanError(Kind.PERMISSION, "This role may look at the key and not change it.")
            return key
    raise DragomanError(Kind.NOT_FOUND, f"There is no key {key_id[:64]!r}.")


def may_see(maker: Maker, key: KeyRecord) -> bool:
    """Whose keys somebody may see."""
    return maker.role in {"admin", "viewer"} or (
        maker.role == "team_admin" and bool(key.team) and key.team == maker.team
    )


def _check(record: KeyRecord, maker: Maker, holdings: Holdings, now_ms: int) -> KeyRecord:
    """The key as this maker may make it; raises where it may not."""
    check_tags(record.tags)
    roles = ROLES_BY_MAKER.get(maker.role, frozenset())
    if record.role not in roles or (maker.role == "team_admin" and record.team != maker.team):
        raise DragomanError(Kind.PERMISSION, "This role may not make such a key.", path="role")
    if record.team and record.team not in {team.name for team in holdings.teams}:
        raise invalid(f"There is no team {record.team!r}.", "team")
    if record.role == "team_admin" and not record.team:
        raise invalid("The admin of a team needs a team.", "team")
    if len(record.user) > 128 or not record.user.isprintable():
        raise invalid("Must be no more than 128 printable characters.", "user")
    if maker.expires_ms is not None:
        expires_ms = maker.expires_ms if record.expires_ms is None else min(record.expires_ms, maker.expires_ms)
        record = msgspec.structs.replace(record, expires_ms=expires_ms)
    if record.expires_ms is not None and record.expires_ms <= now_ms:
        raise invalid("Must be in the future; revoke a key to end it now.", "expires_ms")
    return msgspec.structs.replace(record, grant=inherit_grant(record.grant, maker))


def _draw_secret(key_id: str) -> Secret:
    return Secret(f"{VIRTUAL_PREFIX}{key_id}_{secrets.token_hex(SECRET_BYTES)}")


def _hint(secret: Secret) -> str:
    """What people may see of it: `dgm_<id>_****abcd`."""
    text = secret.reveal()
    return text[: text.rindex("_") + 1] + HIDDEN + text[-SHOWN_CHARACTERS:]


def _describe(record: KeyRecord, before: Mapping[str, object]) -> dict[str, str]:
    """What is new, for the audit log."""
    fields = {**msgspec.structs.asdict(record), **msgspec.structs.asdict(record.grant)}
    old_grant = before.get("grant")
    old = {**before, **(msgspec.structs.asdict(old_grant) if isinstance(old_grant, Grant) else {})}
    return {
        name: msgspec.json.encode(value).decode()
        for name, value in fields.items()
        if name not in SECRET_FIELDS | {"grant"} and value != old.get(name)
    }
