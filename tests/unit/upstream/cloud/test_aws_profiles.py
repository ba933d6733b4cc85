"""Amazon's shared files, judged by what its own library makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from dragoman.errors import DragomanError
from dragoman.upstream.cloud.aws_profiles import find_fault, load_profiles

CONFIG = """
# a comment
[default]
region = eu-west-3
aws_access_key_id = FROMCONFIG
s3 =
    max_concurrent_requests = 20
    addressing_style = path

[profile "quoted name"]
role_arn = arn:aws:iam::1:role/r
source_profile=default

[sso-session corp]
sso_region = x

[profile both]
region = us-east-2
"""
CREDENTIALS = """
[default]
aws_access_key_id = AKID
aws_secret_access_key = se/cr+et=%()s
[both]
aws_access_key_id = B
aws_secret_access_key = b
aws_session_token = t
"""


def write(folder: Path, config: str, credentials: str) -> dict[str, str]:
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)
    return {
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }


def test_both_files_make_the_profiles_that_amazons_own_library_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = write(tmp_path, CONFIG, CREDENTIALS)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ours, theirs = load_profiles(environment), Session().full_config["profiles"]
    assert ours.keys() == theirs.keys() == {"default", "quoted name", "both"}
    for name, fields in theirs.items():
        for field, value in fields.items():
            if isinstance(value, str):
                assert ours[name][field] == value, (name, field)
    assert ours["default"]["aws_secret_access_key"] == "se/cr+et=%()s"
    assert ours["both"] == {
        "region": "us-east-2",
        "aws_access_key_id": "B",
        "aws_secret_access_key": "b",
        "aws_session_token": "t",
    }


def test_a_name_may_stand_without_its_quotes(tmp_path: Path) -> None:
    environment = write(tmp_path, "[profile my own]\nregion = r\n", "")
    assert load_profiles(environment) == {"my own": {"region": "r"}}


def test_files_that_are_not_there_are_empty(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")
    assert load_profiles({"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}) == {}


@pytest.mark.parametrize("text", ["aws_secret_access_key = canary", "[default\ncanary", "[default]\n = canary"])
def test_a_file_that_is_none_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="not written as") as caught:
        load_profiles(write(tmp_path, "", text))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_no_gateway_can_do_is_named() -> None:
    assert "runs a program" in find_fault({"credential_process": "x"})
    assert "signs in" in find_fault({"sso_session": "x"})
    assert find_fault({"region": "x"}) == ""
