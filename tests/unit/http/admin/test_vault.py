"""The routes of providers' keys: in, and never out."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.vault import CredentialWish
from tests.unit.http.admin.bureau import Bureau, find_route

KEY = "sk-canary-3f9b2c7e51d84a60"


def test_a_key_goes_in_and_only_its_last_characters_come_out() -> None:
    bureau = Bureau()
    told = [bureau.call("POST", "/vault", body={"provider": "openai", "name": "main", "key": KEY})]
    told += [bureau.call("GET", "/vault"), bureau.call("GET", "/audit"), repr(CredentialWish("p", "n", KEY))]
    assert told[0]["hint"] == "****4a60"
    assert not any(KEY[start : start + 8] in str(answer) for answer in told for start in range(len(KEY) - 8))
    assert bureau.call("DELETE", "/vault/{provider}/{name}", provider="openai", name="main") is None
    with pytest.raises(DragomanError) as caught:
        bureau.call("DELETE", "/vault/{provider}/{name}", provider="openai", name="main")
    assert caught.value.kind is Kind.NOT_FOUND


def test_only_admins_give_keys() -> None:
    assert find_route("POST", "/vault").role == find_route("DELETE", "/vault/{provider}/{name}").role == "admin"
