"""Keys of providers that the gateway keeps sealed: given, seen by their last characters, forgotten; never told."""

from __future__ import annotations

import msgspec

from dragoman.http.admin.desk import Desk
from dragoman.http.admin.keys import find_custody
from dragoman.http.admin.routes import Call, Route, Table
from dragoman.model.secret import Secret
from dragoman.service.access.custody import CredentialCard


class CredentialWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key of a provider that is to be kept."""

    provider: str
    name: str
    key: str

    def __repr__(self) -> str:
        return f"<CredentialWish {self.provider}/{self.name}>"


class CredentialList(msgspec.Struct, frozen=True):
    """All that are kept."""

    items: list[CredentialCard]


async def list_credentials(desk: Desk, call: Call) -> CredentialList:
    """All of them."""
    custody, _ = find_custody(desk, call)
    return CredentialList(custody.list_credentials())


async def add_credential(desk: Desk, call: Call) -> CredentialCard:
    """Kept, and used from now on."""
    custody, maker = find_custody(desk, call)
    wish: CredentialWish = call.body
    return await custody.add_credential(maker, wish.provider, wish.name, Secret(wish.key.strip()))


async def remove_credential(desk: Desk, call: Call) -> None:
    """Forgotten."""
    custody, maker = find_custody(desk, call)
    await custody.remove_credential(maker, call.names["provider"], call.names["name"])


ROUTES: Table = (
    Route("GET", "/vault", "viewer", list_credentials, "Providers' keys that are kept sealed", CredentialList),
    Route(
        "POST",
        "/vault",
        "admin",
        add_credential,
        "Keep a key of a provider",
        CredentialCard,
        body=CredentialWish,
        status=201,
    ),
    Route("DELETE", "/vault/{provider}/{name}", "admin", remove_credential, "Forget a key of a provider"),
)
