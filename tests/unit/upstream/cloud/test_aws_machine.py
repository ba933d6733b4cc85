"""What a machine is lent by Amazon, and whom it is not asked of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.aws_machine import borrow_from_container, borrow_from_instance
from dragoman.upstream.cloud.counter import Surroundings
from dragoman.upstream.scripted import Script, ScriptedTransport

LENT = b'{"Code": "Success", "AccessKeyId": "A", "SecretAccessKey": "b", "Token": "c", "Expiration": "2025-06-15T16:06:40Z"}'
TOKEN, ROLE = Script(chunks=(b"token",)), Script(chunks=(b"role\n",))


def surround(*scripts: Script | DragomanError, **environment: str) -> tuple[Surroundings, ScriptedTransport]:
    direct = ScriptedTransport(scripts)
    return Surroundings(environment, ScriptedTransport([]), direct, FixedClock()), direct


def test_an_instance_lends_for_as_long_as_it_says() -> None:
    around, direct = surround(TOKEN, ROLE, Script(chunks=(LENT,)))
    grant = asyncio.run(borrow_from_instance(around))
    assert grant is not None
    assert (grant.value.id, grant.value.secret, grant.value.token, grant.lasts_seconds) == ("A", "b", "c", 3600.0)
    assert {request.origin.host for request in direct.requests} == {"169.254.169.254"}
    assert [request.timeouts.connect for request in direct.requests] == [1.0] * 3


def test_an_instance_may_be_asked_over_ipv6_and_elsewhere() -> None:
    around, direct = surround(TOKEN, Script(404), AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="IPv6")
    assert asyncio.run(borrow_from_instance(around)) is None
    assert direct.requests[0].origin.host == "fd00:ec2::254"
    around, direct = surround(TOKEN, Script(404), AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9/")
    assert asyncio.run(borrow_from_instance(around)) is None
    assert (direct.requests[0].origin.port, direct.requests[0].target) == (9, b"/latest/api/token")


@pytest.mark.parametrize("script", [Script(403), Script(404), Script(405), Script(500)])
def test_who_knows_only_the_first_version_is_not_asked_further(script: Script) -> None:
    around, direct = surround(script)
    assert asyncio.run(borrow_from_instance(around)) is None
    assert len(direct.requests) == 1


def test_where_nobody_answers_nothing_is_lent() -> None:
    error = DragomanError(Kind.TIMEOUT, "no answer", blame="upstream", phase="connect")
    around, _ = surround(error)
    assert asyncio.run(borrow_from_instance(around)) is None


def test_a_machine_that_is_not_to_be_asked_is_not() -> None:
    around, direct = surround(AWS_EC2_METADATA_DISABLED="TRUE")
    assert asyncio.run(borrow_from_instance(around)) is None
    assert direct.requests == []


def test_a_role_that_gives_nothing_is_told() -> None:
    around, _ = surround(
        TOKEN, ROLE, Script(chunks=(b'{"Code": "AssumeRoleUnauthorizedAccess", "Message": "canary"}',))
    )
    with pytest.raises(DragomanError, match="no credential") as caught:
        asyncio.run(borrow_from_instance(around))
    assert "canary" not in str(caught.value)


def test_a_container_is_asked_where_it_was_told() -> None:
    around, direct = surround(Script(chunks=(LENT,)), AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/credentials/x")
    grant = asyncio.run(borrow_from_container(around))
    assert grant is not None
    assert grant.value.id == "A"
    (request,) = direct.requests
    assert (request.origin.host, request.target) == ("169.254.170.2", b"/v2/credentials/x")
    assert b"authorization" not in dict(request.headers)


def test_who_is_in_no_container_is_lent_nothing_there() -> None:
    around, _ = surround()
    assert asyncio.run(borrow_from_container(around)) is None


@pytest.mark.parametrize(
    ("url", "is_fit"),
    [
        ("http://169.254.170.23/v1/credentials", True),
        ("http://[fd00:ec2::23]/v1/credentials", True),
        ("http://localhost:1/x", True),
        ("https://lender.test/x", True),
        ("http://lender.test/x", False),
        ("http://169.254.169.254/x", False),
    ],
)
def test_a_secret_is_not_asked_for_in_the_clear_beyond_the_machine(url: str, is_fit: bool) -> None:
    around, direct = surround(Script(chunks=(LENT,)), AWS_CONTAINER_CREDENTIALS_FULL_URI=url)
    if is_fit:
        assert asyncio.run(borrow_from_container(around)) is not None
    else:
        with pytest.raises(DragomanError, match="must be an https address"):
            asyncio.run(borrow_from_container(around))
    assert len(direct.requests) == is_fit


def test_a_token_that_would_break_out_of_its_header_is_not_shown() -> None:
    more: dict[str, Any] = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nb"}
    around, direct = surround(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://localhost/x", **more)
    with pytest.raises(DragomanError, match="cannot stand in a header"):
        asyncio.run(borrow_from_container(around))
    assert direct.requests == []
