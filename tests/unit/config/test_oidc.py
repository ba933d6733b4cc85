"""What must be right about an identity provider."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.config.oidc import check_oidc, find_address_fault
from dragoman.config.problems import Problems
from dragoman.config.sections.oidc import OidcRoleSettings, OidcSettings
from dragoman.errors import DragomanError

GOOD = OidcSettings(
    "https://id.example", "console", None, "https://llm.example", roles=OidcRoleSettings(map={"operators": "admin"})
)


def check(settings: OidcSettings) -> None:
    problems = Problems("x.yaml")
    check_oidc(settings, problems)
    problems.raise_any()


def test_nothing_is_asked_of_who_does_not_want_it() -> None:
    check(OidcSettings())
    check(GOOD)


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"issuer": "http://id.example"}, "issuer"),
        ({"issuer": "id.example"}, "issuer"),
        ({"public_url": ""}, "public_url"),
        ({"public_url": "http://llm.example"}, "public_url"),
        ({"client_id": ""}, "client_id"),
        ({"scopes": "profile"}, "scopes"),
        ({"roles": OidcRoleSettings()}, "roles.map"),
    ],
)
def test_what_is_missing_or_unsafe_is_said_with_its_path(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError, match=rf"console\.oidc\.{path}"):
        check(msgspec.structs.replace(GOOD, **changed))


def test_only_this_machine_is_trusted_in_the_clear() -> None:
    assert find_address_fault("http://127.0.0.1:9000") == ""
    assert find_address_fault("http://localhost") == ""
    assert "https" in find_address_fault("http://localhost.example")
    assert find_address_fault("javascript:alert(1)")
