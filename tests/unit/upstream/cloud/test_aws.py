"""Where an identity of Amazon's is found: each place, their order, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.aws import AwsIssuer, names_source
from dragoman.upstream.sigv4 import AwsKey
from tests.cloud_double import CONTAINER_TOKEN, ROLE, SECRET, SUBJECT_TOKEN, Cloud, running_cloud
from tests.unit.upstream.cloud.lending import lend, lend_grant

KEYS = "aws_access_key_id = {0}\naws_secret_access_key = {0}-secret\n"
PROFILES = (
    "[default]\n" + KEYS.format("DEFAULT") + "[other]\n" + KEYS.format("OTHER") + "aws_session_token = OTHER-token\n"
)


class Place:
    """A cloud, a home with shared files, and variables that lead to nothing but these."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.environment = {
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": cloud.url,
            "AWS_ENDPOINT_URL_STS": cloud.url,
            "AWS_REGION": "eu-west-3",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def find(self, secret: str = "default", **more: str) -> AwsKey:
        key = lend(AwsIssuer, secret, {**self.environment, **more})
        assert isinstance(key, AwsKey)
        return key

    def find_as_amazon(self, monkeypatch: pytest.MonkeyPatch, **more: str) -> AwsKey:
        """What Amazon's own library finds within the same environment."""
        patient = {
            "AWS_METADATA_SERVICE_TIMEOUT": "60",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3",
        }  # this machine is busy
        for name, value in {**self.environment, **patient, **more}.items():
            monkeypatch.setenv(name, value)
        found: Any = Session().get_credentials()
        frozen = found.get_frozen_credentials()
        return AwsKey(frozen.access_key, frozen.secret_key, frozen.token or "")

    def refuse(self, secret: str = "default", **more: str) -> DragomanError:
        with pytest.raises(DragomanError) as caught:
            self.find(secret, **more)
        assert (caught.value.kind, caught.value.blame) == (Kind.AUTHENTICATION, "gateway")
        return caught.value


@pytest.fixture
def place(tmp_path: Path) -> Any:
    with running_cloud() as cloud:
        yield Place(cloud, tmp_path)


def test_a_credential_says_where_to_look_or_is_a_key() -> None:
    assert all(names_source(secret) for secret in ("default", " default ", "profile prod", "profile  my own"))
    assert not any(names_source(secret) for secret in ("profile", "profile ", "id:secret", "defaults", ""))


def test_a_key_in_variables_goes_before_all_else(place: Place) -> None:
    place.write("credentials", PROFILES)
    key = place.find(AWS_ACCESS_KEY_ID="A", AWS_SECRET_ACCESS_KEY="b", AWS_SESSION_TOKEN="c", AWS_PROFILE="other")
    assert key == AwsKey("A", "b", "c")
    assert place.find(AWS_ACCESS_KEY_ID="A").id == "DEFAULT"  # half a key is none


@pytest.mark.parametrize(
    ("secret", "variables", "wanted"),
    [
        ("default", {}, AwsKey("DEFAULT", "DEFAULT-secret")),
        ("default", {"AWS_PROFILE": "other"}, AwsKey("OTHER", "OTHER-secret", "OTHER-token")),
        ("profile other", {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b"}, AwsKey("OTHER", "OTHER-secret", "OTHER-token")),
    ],
)  # fmt: skip
def test_a_profile_gives_its_key(secret: str, variables: dict[str, str], wanted: AwsKey, place: Place) -> None:
    place.write("credentials", PROFILES)
    assert place.find(secret, **variables) == wanted


def test_a_container_shows_its_token_and_gets_what_amazons_library_would_get(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{place.cloud.url}/container/role",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": place.write("token", CONTAINER_TOKEN),
    }
    ours, theirs = place.find(**told), place.find_as_amazon(monkeypatch, **told)
    assert (ours, theirs) == (AwsKey("LENT1", SECRET, "canary-session"), AwsKey("LENT2", SECRET, "canary-session"))
    mine, other = place.cloud.asked
    assert mine.headers["authorization"] == other.headers["authorization"] == CONTAINER_TOKEN


def test_an_instance_is_asked_for_its_token_first_as_amazons_library_does(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.environment["AWS_EC2_METADATA_DISABLED"] = "false"
    ours = place.find()
    paths = list(place.cloud.paths)
    theirs = place.find_as_amazon(monkeypatch)
    assert (ours, theirs) == (AwsKey("LENT1", SECRET, "canary-session"), AwsKey("LENT2", SECRET, "canary-session"))
    roles = "/latest/meta-data/iam/security-credentials/"
    assert paths == ["/latest/api/token", roles, roles + ROLE]
    assert paths == place.cloud.paths[3:]


def test_a_token_of_the_platform_borrows_its_role_as_amazons_library_does(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": place.write("web", SUBJECT_TOKEN),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
        "AWS_ROLE_SESSION_NAME": "session",
    }
    ours, theirs = place.find(**told), place.find_as_amazon(monkeypatch, **told)
    assert (ours, theirs) == (AwsKey("LENT1", SECRET, "canary-session"), AwsKey("LENT2", SECRET, "canary-session"))
    mine, other = place.cloud.asked
    assert mine.form == other.form
    assert "authorization" not in mine.headers


def test_a_role_of_a_profile_is_borrowed_with_the_key_of_another(place: Place) -> None:
    role = "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = other\nexternal_id = x\nregion = us-east-2\n"
    place.write("config", role)
    place.write("credentials", PROFILES)
    assert place.find("profile role").id == "LENT1"
    (asked,) = place.cloud.asked
    assert asked.form == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::1:role/r",
        "RoleSessionName": "dragoman",
        "ExternalId": "x",
    }
    assert "Credential=OTHER/" in asked.headers["authorization"]
    assert "/us-east-2/sts/aws4_request" in asked.headers["authorization"]
    assert asked.headers["x-amz-security-token"] == "OTHER-token"


def test_a_role_of_a_profile_is_borrowed_with_what_the_machine_is_lent(place: Place) -> None:
    place.environment["AWS_EC2_METADATA_DISABLED"] = "false"
    place.write("config", "[default]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Ec2InstanceMetadata\n")
    assert place.find().id == "LENT2"
    assert "Credential=LENT1/" in place.cloud.asked[-1].headers["authorization"]


def test_a_role_of_a_profile_is_borrowed_with_a_token_in_a_file(place: Place) -> None:
    path = place.write("web", SUBJECT_TOKEN)
    place.write("config", f"[profile web]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = {path}\n")
    assert place.find("profile web").id == "LENT1"
    assert place.cloud.asked[0].form["Action"] == "AssumeRoleWithWebIdentity"


def test_a_profile_that_borrows_from_itself_shows_its_own_key_once(place: Place) -> None:
    place.write(
        "config", "[profile own]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = own\n" + KEYS.format("OWN")
    )
    assert place.find("profile own").id == "LENT1"
    assert "Credential=OWN/" in place.cloud.asked[0].headers["authorization"]


@pytest.mark.parametrize(
    ("config", "mistake"),
    [
        ("", "There is no AWS profile 'p'"),
        ("[profile p]\nregion = r\n", "has no key"),
        ("[profile p]\nsso_session = corp\n", "needs a person who signs in"),
        ("[profile p]\ncredential_process = x\n", "runs a program"),
        ("[profile p]\nrole_arn = r\nsource_profile = p\n", "has no key"),
        (
            "[profile p]\nrole_arn = r\nsource_profile = q\n[profile q]\nrole_arn = r\nsource_profile = p\n",
            "has no key",
        ),
        ("[profile p]\nrole_arn = r\ncredential_source = Moon\n", "needs a source_profile"),
        ("[profile p]\nrole_arn = r\ncredential_source = Environment\n", "needs a source_profile"),
        ("[profile p]\nrole_arn = r\nmfa_serial = m\nsource_profile = q\n", "a person with a device"),
    ],
)
def test_a_profile_that_cannot_be_used_says_why(config: str, mistake: str, place: Place) -> None:
    place.write("config", config)
    assert mistake in str(place.refuse("profile p"))
    assert place.cloud.asked == []


def test_where_nothing_is_found_all_places_are_named(place: Place) -> None:
    assert "No AWS identity was found" in str(place.refuse())
    assert place.cloud.asked == []  # the metadata is switched off
    assert "AWS profile 'gone'" in str(place.refuse(AWS_PROFILE="gone"))


def test_a_profile_that_was_not_named_is_passed_over_where_it_says_nothing(place: Place) -> None:
    place.write("config", "[default]\nregion = r\n")
    place.environment["AWS_EC2_METADATA_DISABLED"] = "false"
    assert place.find().id == "LENT1"


def test_what_stands_in_a_file_is_looked_up_again_after_a_while(place: Place) -> None:
    place.write("credentials", PROFILES)
    assert lend_grant(AwsIssuer, "default", place.environment).lasts_seconds == 600


def test_reprs_name_the_place_and_no_secret() -> None:
    around: Any = None
    assert repr(AwsIssuer("profile p", around)) == "<AwsIssuer: profile p>"
    assert repr(AwsIssuer("default", around)) == "<AwsIssuer: wherever Amazon looks>"
