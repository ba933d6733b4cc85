"""Whom Google lends a token: the judge is its own library, before the same double of its services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from google.auth import identity_pool
from google.auth.transport import urllib3 as google_urllib3
from google.oauth2 import service_account

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.google import GoogleIssuer
from tests.cloud_double import SUBJECT_TOKEN, Asked, Cloud, running_cloud
from tests.unit.upstream.cloud.lending import lend, lend_grant
from tests.unit.upstream.service_account import FIELDS

AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"


class Place:
    """A cloud, and a home without Google's files."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.environment = {"CLOUDSDK_CONFIG": str(folder), "GCE_METADATA_HOST": cloud.url.removeprefix("http://")}

    def write(self, name: str, fields: object) -> str:
        (self.folder / name).write_text(fields if isinstance(fields, str) else json.dumps(fields))
        return str(self.folder / name)

    def describe_user(self) -> dict[str, Any]:
        return {
            "type": "authorized_user",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r",
            "token_uri": f"{self.cloud.url}/google/token",
        }

    def describe_workload(self, **more: object) -> dict[str, Any]:
        return {
            "type": "external_account",
            "audience": AUDIENCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.cloud.url}/google/sts",
            "credential_source": {"file": self.write("subject", SUBJECT_TOKEN)},
            **more,
        }

    def find(self, secret: str = "default", **more: str) -> str:
        token = lend(GoogleIssuer, secret, {**self.environment, **more})
        assert isinstance(token, str)
        return token

    def ask_as_google(self, fields: dict[str, Any]) -> list[Asked]:
        """What Google's own library asks with the same file."""
        is_account = fields["type"] == "service_account"
        judge: Any = service_account.Credentials if is_account else identity_pool.Credentials
        load = judge.from_service_account_info if is_account else judge.from_info
        open_request: Any = google_urllib3.Request
        before = len(self.cloud.asked)
        with urllib3.PoolManager() as pool:
            load(fields, scopes=["https://www.googleapis.com/auth/cloud-platform"]).refresh(open_request(pool))
        return self.cloud.asked[before:]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running_cloud() as cloud:
        yield Place(cloud, tmp_path)


def test_default_is_the_file_that_a_variable_names(place: Place) -> None:
    path = place.write("own.json", place.describe_user())
    place.write("application_default_credentials.json", "never read")
    assert place.find(GOOGLE_APPLICATION_CREDENTIALS=path) == "LENT1"
    assert place.cloud.paths == ["/google/token"]


def test_default_is_else_the_file_that_googles_tool_has_written(place: Place) -> None:
    place.write("application_default_credentials.json", place.describe_user())
    assert place.find() == "LENT1"
    assert place.cloud.asked[0].form["refresh_token"] == "r"


def test_default_is_else_what_the_machine_is_lent(place: Place) -> None:
    grant = lend_grant(GoogleIssuer, "default", place.environment)
    assert (grant.value, grant.lasts_seconds) == ("LENT1", 3600)
    (asked,) = place.cloud.asked
    assert asked.headers["metadata-flavor"] == "Google"


def test_a_service_account_shows_what_googles_library_shows(place: Place) -> None:
    fields = {**FIELDS, "token_uri": f"{place.cloud.url}/google/token"}
    assert place.find(json.dumps(fields)) == "LENT1"
    (theirs,) = place.ask_as_google(fields)
    ours = place.cloud.asked[0]
    assert ours.form["grant_type"] == theirs.form["grant_type"]
    assert ours.form["assertion"].count(".") == theirs.form["assertion"].count(".") == 2


@pytest.mark.parametrize(
    "source",
    [
        {"file": "subject"},
        {"file": "subject.json", "format": {"type": "json", "subject_token_field_name": "held"}},
        {
            "url": "/google/subject",
            "headers": {"x": "y"},
            "format": {"type": "json", "subject_token_field_name": "held"},
        },
    ],
)
def test_a_workload_that_is_known_elsewhere_exchanges_what_it_has(source: dict[str, Any], place: Place) -> None:
    place.write("subject.json", {"held": SUBJECT_TOKEN})
    base = {"file": f"{place.folder}/", "url": place.cloud.url}
    placed = {name: base[name] + value if name in base else value for name, value in source.items()}
    fields = place.describe_workload(credential_source=placed)
    assert place.find(json.dumps(fields)).startswith("LENT")
    ours, theirs = place.cloud.asked[-1], place.ask_as_google(fields)[-1]
    assert ours.form == theirs.form
    assert ours.form["subject_token"] == SUBJECT_TOKEN


def test_a_workload_may_stand_in_for_a_service_account(place: Place) -> None:
    fields = place.describe_workload(service_account_impersonation_url=f"{place.cloud.url}/google/stand-in:generate")
    grant = lend_grant(GoogleIssuer, json.dumps(fields), place.environment)
    assert (grant.value, 3590 < grant.lasts_seconds <= 3600) == ("LENT2", True)
    _, asked = place.cloud.asked
    assert asked.headers["authorization"] == "Bearer LENT1"
    assert json.loads(asked.body) == {
        "scope": ["https://www.googleapis.com/auth/cloud-platform"],
        "lifetime": "3600s",
    }


def test_a_user_may_stand_in_for_a_service_account(place: Place) -> None:
    fields = {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": f"{place.cloud.url}/google/stand-in:generate",
        "source_credentials": place.describe_user(),
    }
    assert place.find(json.dumps(fields)) == "LENT2"
    bought, asked = place.cloud.asked
    assert bought.form["refresh_token"] == "r"
    assert asked.headers["authorization"] == "Bearer LENT1"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_subject_that_is_missing_is_told(text: str, place: Place) -> None:
    fields = place.describe_workload(credential_source={"file": place.write("none", text)})
    with pytest.raises(DragomanError, match="no subject token"):
        place.find(json.dumps(fields))
    gone = place.describe_workload(credential_source={"file": str(place.folder / "gone")})
    with pytest.raises(DragomanError, match="cannot be read"):
        place.find(json.dumps(gone))
    assert place.cloud.asked == []


@pytest.mark.parametrize("body", ["canary", "[]", '{"other": "canary"}', '{"held": 3}'])
def test_a_subject_that_is_not_in_its_field_is_told(body: str, place: Place) -> None:
    kind = {"type": "json", "subject_token_field_name": "held"}
    fields = place.describe_workload(credential_source={"file": place.write("odd", body), "format": kind})
    with pytest.raises(DragomanError, match="no subject token") as caught:
        place.find(json.dumps(fields))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(503, Kind.OVERLOADED), (400, Kind.AUTHENTICATION)])
def test_a_refusal_tells_whose_fault_it_is(status: int, kind: Kind, place: Place) -> None:
    place.cloud.fault = status
    for secret in ("default", json.dumps(place.describe_user())):
        with pytest.raises(DragomanError) as caught:
            place.find(secret)
        assert caught.value.kind is kind
        assert "canary" not in str(caught.value)


def test_reprs_name_the_account_and_no_secret(place: Place) -> None:
    around: Any = None
    assert repr(GoogleIssuer("default", around)) == "<GoogleIssuer: wherever Google looks>"
    assert repr(GoogleIssuer(json.dumps(place.describe_user()), around)) == "<GoogleIssuer: <Account c>>"


def test_where_nobody_lends_all_places_are_named() -> None:
    with pytest.raises(DragomanError, match="No Google credentials"):
        lend(GoogleIssuer, "default", {"CLOUDSDK_CONFIG": "/nowhere", "GCE_METADATA_HOST": "127.0.0.1:1"})
