"""Tokens of Microsoft Entra's: for a secret, for a federated token, for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.entra import EntraIssuer, parse_application
from tests.cloud_double import SUBJECT_TOKEN, Cloud, running_cloud
from tests.unit.upstream.cloud.lending import lend, lend_grant

SCOPE = "https://cognitiveservices.azure.com/.default"
RESOURCE = "https://cognitiveservices.azure.com"
TOKEN_PATH = "/tenant/oauth2/v2.0/token"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


def find(cloud: Cloud, secret: str = "default", **environment: str) -> object:
    more = {"AZURE_AUTHORITY_HOST": cloud.url, "AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{cloud.url}/azure"}
    return lend(EntraIssuer, secret, {**more, **environment})


@pytest.mark.parametrize("is_written", [True, False])
def test_an_application_shows_its_secret(is_written: bool, cloud: Cloud) -> None:
    told = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "s:e~c"}
    token = find(cloud, "tenant:client:s:e~c") if is_written else find(cloud, **told)
    assert token == "LENT1"
    (asked,) = cloud.asked
    assert asked.path == TOKEN_PATH
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_secret": "s:e~c",
        "scope": SCOPE,
    }


def test_a_workload_shows_its_federated_token(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SUBJECT_TOKEN + "\n")
    told = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client"}
    assert find(cloud, **told, AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token")) == "LENT1"
    (asked,) = cloud.asked
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": SUBJECT_TOKEN,
        "scope": SCOPE,
    }


def test_a_virtual_machine_is_lent_its_own_identity(cloud: Cloud) -> None:
    cloud.lasts = 86400
    grant = lend_grant(EntraIssuer, "default", {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{cloud.url}/azure"})
    assert (grant.value, grant.lasts_seconds) == ("LENT1", 86400)
    (asked,) = cloud.asked
    assert asked.query == {"api-version": "2018-02-01", "resource": RESOURCE}
    assert asked.headers["metadata"] == "true"


def test_one_of_several_identities_of_a_machine_is_named(cloud: Cloud) -> None:
    assert find(cloud, AZURE_CLIENT_ID="chosen") == "LENT1"
    assert cloud.asked[0].query["client_id"] == "chosen"


def test_an_app_asks_where_it_was_told(cloud: Cloud) -> None:
    told = {"IDENTITY_ENDPOINT": f"{cloud.url}/azure/msi", "IDENTITY_HEADER": "canary-header"}
    assert find(cloud, **told) == "LENT1"
    (asked,) = cloud.asked
    assert asked.path == "/azure/msi"
    assert asked.query == {"api-version": "2019-08-01", "resource": RESOURCE}
    assert asked.headers["x-identity-header"] == "canary-header"


@pytest.mark.parametrize(("status", "kind"), [(503, Kind.OVERLOADED), (401, Kind.AUTHENTICATION)])
@pytest.mark.parametrize("secret", ["default", "tenant:client:canary"])
def test_a_refusal_tells_whose_fault_it_is(secret: str, status: int, kind: Kind, cloud: Cloud) -> None:
    cloud.fault = status
    with pytest.raises(DragomanError) as caught:
        find(cloud, secret)
    assert caught.value.kind is kind
    assert "canary" not in str(caught.value)


def test_an_end_that_is_no_number_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "lasts", "soon")
    with pytest.raises(DragomanError, match="readable end"):
        find(cloud)


def test_a_tenant_cannot_lead_elsewhere(cloud: Cloud) -> None:
    with pytest.raises(DragomanError):
        find(cloud, "../x?y#:client:secret")
    assert [asked.path for asked in cloud.asked] == ["/..%2Fx%3Fy%23/oauth2/v2.0/token"]


@pytest.mark.parametrize("secret", ["tenant:client", "tenant", "::", "a::b", ""])
def test_a_credential_of_another_form_is_refused_at_once(secret: str) -> None:
    with pytest.raises(DragomanError, match="tenant:client:secret"):
        parse_application(secret)


def test_reprs_name_the_client_and_no_secret() -> None:
    around: Any = None
    assert repr(EntraIssuer("t:c:canary", around)) == "<EntraIssuer: client c>"
    assert repr(EntraIssuer(" default", around)) == "<EntraIssuer: wherever Azure looks>"


def test_where_nobody_lends_all_places_are_named() -> None:
    with pytest.raises(DragomanError, match="No identity of Microsoft Entra"):
        lend(EntraIssuer, "default", {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1/"})
