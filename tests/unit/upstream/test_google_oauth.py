"""Accounts of Google's, checked at once, and what they show for a token."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from dragoman.errors import DragomanError
from dragoman.upstream.google_oauth import (
    SCOPE,
    build_token_form,
    load_account_text,
    load_signer,
    parse_account,
)
from tests.unit.upstream.service_account import ACCOUNT_TEXT, FIELDS, PRIVATE_KEY, USER_TEXT

UNIX = 1_795_280_000.0


def decode_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


# -- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_is_its_json_or_the_path_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(ACCOUNT_TEXT, "utf-8")
    assert load_account_text(str(path)) == load_account_text(ACCOUNT_TEXT) == ACCOUNT_TEXT
    for missing in (str(tmp_path / "none.json"), str(tmp_path), "nul\x00"):
        with pytest.raises(DragomanError, match="cannot be read"):
            load_account_text(missing)


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"type": "external_account"}, "lack a field"),
        ({"type": "impersonated"}, "JSON of a service account"),
        ({"client_email": 3}, "JSON of a service account"),
        ({"client_email": ""}, "lack a field"),
        ({"private_key": ""}, "lack a field"),
        ({"type": "authorized_user"}, "lack a field"),
        ({"token_uri": "nowhere"}, "token_uri"),
    ],
)
def test_an_account_that_cannot_work_is_refused_without_being_shown(change: dict[str, object], mistake: str) -> None:
    with pytest.raises(DragomanError, match=mistake) as caught:
        parse_account(json.dumps({**FIELDS, **change}))
    assert caught.value.blame == "gateway"
    assert "PRIVATE" not in str(caught.value)
    assert "PRIVATE" not in repr(parse_account(ACCOUNT_TEXT))


def test_a_private_key_that_is_none_is_refused() -> None:
    account = parse_account(json.dumps({**FIELDS, "private_key": "-----BEGIN NONSENSE-----"}))
    with pytest.raises(DragomanError, match="no RSA key"):
        load_signer(account)


def test_a_workload_that_is_known_elsewhere_needs_a_place_to_read_its_token_from() -> None:
    whole = {
        "type": "external_account",
        "audience": "a",
        "subject_token_type": "t",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"url": "http://127.0.0.1/token"},
    }
    assert repr(parse_account(json.dumps(whole))) == "<Account a>"
    amazon = {"environment_id": "aws1", "url": "http://169.254.169.254/x"}
    changes: list[dict[str, object]] = [{"credential_source": {}}, {"credential_source": amazon}, {"audience": ""}]
    for change in changes:
        with pytest.raises(DragomanError, match="needs a file or a url"):
            parse_account(json.dumps({**whole, **change}))
    with pytest.raises(DragomanError, match="token_uri"):
        parse_account(json.dumps({**whole, "token_url": "nowhere"}))


def test_who_stands_in_for_an_account_needs_credentials_of_its_own() -> None:
    whole = {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/x:generateAccessToken",
        "source_credentials": FIELDS,
    }
    account = parse_account(json.dumps(whole))
    assert repr(account) == "<Account in the place of which <Account gateway@p.iam.gserviceaccount.com> asks>"
    assert load_signer(account) is not None
    changes: list[dict[str, object]] = [
        {"source_credentials": None},
        {"source_credentials": {**FIELDS, "private_key": ""}},
        {"service_account_impersonation_url": ""},
    ]
    for change in changes:
        with pytest.raises(DragomanError, match="lack a field"):
            parse_account(json.dumps({**whole, **change}))


# -- forms -----------------------------------------------------------------------------------------------------------


def test_a_service_account_shows_an_assertion_that_its_public_key_confirms() -> None:
    account = parse_account(ACCOUNT_TEXT)
    form = build_token_form(account, load_signer(account), UNIX)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = form["assertion"].split(".")
    PRIVATE_KEY.public_key().verify(decode_part(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    assert json.loads(decode_part(head)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert json.loads(decode_part(claims)) == {
        "iss": FIELDS["client_email"],
        "scope": SCOPE,
        "aud": FIELDS["token_uri"],
        "iat": int(UNIX),
        "exp": int(UNIX) + 3600,
    }


def test_a_user_shows_the_refresh_token() -> None:
    account = parse_account(USER_TEXT)
    assert load_signer(account) is None
    form = build_token_form(account, None, UNIX)
    assert form == {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s&s", "refresh_token": "r"}
