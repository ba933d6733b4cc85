"""Roles that are borrowed: where, in which words, and what comes back."""

from __future__ import annotations

import asyncio
import re

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.aws_sts import Role, borrow_with_key, borrow_with_token, build_role, locate
from dragoman.upstream.cloud.counter import Surroundings
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.sigv4 import AwsKey

ANSWER = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>A</AccessKeyId>
<SecretAccessKey>b/+=</SecretAccessKey><SessionToken>c==</SessionToken><Expiration>2025-06-15T16:06:40Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
KEY = AwsKey("AKID", "secret", "token")


def surround(*scripts: Script, **environment: str) -> tuple[Surroundings, ScriptedTransport]:
    transport = ScriptedTransport(scripts)
    return Surroundings(environment, transport, ScriptedTransport([]), FixedClock()), transport


def test_what_comes_back_is_a_key_with_an_end() -> None:
    around, _ = surround(Script(chunks=(ANSWER,)))
    grant = asyncio.run(borrow_with_token(Role("arn"), "token", around))
    assert (grant.value, grant.lasts_seconds) == (AwsKey("A", "b/+=", "c=="), 3600.0)


def test_who_shows_a_key_signs_as_amazons_library_does() -> None:
    around, transport = surround(Script(chunks=(ANSWER,)), AWS_REGION="eu-west-3")
    asyncio.run(borrow_with_key(Role("arn:aws:iam::1:role/r", duration_seconds="900"), KEY, around))
    (sent,) = transport.requests
    assert sent.origin.host == "sts.eu-west-3.amazonaws.com"
    headers = {name.decode(): value.decode() for name, value in sent.headers}
    names = re.findall(r"SignedHeaders=([^,]+)", headers["authorization"])[0].split(";")
    signed = {name: headers[name] for name in names if name != "host"}
    request = AWSRequest("POST", "https://sts.eu-west-3.amazonaws.com/", signed, sent.body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY.id, KEY.secret, KEY.token), "sts", "eu-west-3")
    theirs = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={theirs}")


@pytest.mark.parametrize(
    ("role", "environment", "wanted"),
    [
        (Role("a"), {}, ("us-east-1", "https://sts.us-east-1.amazonaws.com/")),
        (Role("a"), {"AWS_DEFAULT_REGION": "r"}, ("r", "https://sts.r.amazonaws.com/")),
        (Role("a", region="q"), {"AWS_REGION": "r"}, ("q", "https://sts.q.amazonaws.com/")),
        (Role("a", region="cn-north-1"), {}, ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/")),
        (Role("a"), {"AWS_ENDPOINT_URL": "http://x:1"}, ("us-east-1", "http://x:1/")),
        (Role("a"), {"AWS_ENDPOINT_URL": "http://x", "AWS_ENDPOINT_URL_STS": "http://y/"}, ("us-east-1", "http://y/")),
    ],
)
def test_the_service_of_the_region_is_asked(role: Role, environment: dict[str, str], wanted: object) -> None:
    assert locate(role, surround(**environment)[0]) == wanted


def test_a_profile_says_what_is_borrowed() -> None:
    profile = {"role_arn": "a", "role_session_name": "s", "duration_seconds": "900", "external_id": "e", "region": "r"}
    assert build_role(profile) == Role("a", "s", "e", "900", "r")


@pytest.mark.parametrize(
    ("script", "kind", "told"),
    [
        (Script(403, chunks=(b"<E><Code>AccessDenied</Code><Message>canary</Message></E>",)), Kind.AUTHENTICATION, "403, AccessDenied"),
        (Script(503), Kind.OVERLOADED, "503"),
        (Script(200, chunks=(b"<Response/>",)), Kind.AUTHENTICATION, "no credential"),
        (Script(200, chunks=(ANSWER.replace(b"2025-06-15T16:06:40Z", b"soon"),)), Kind.AUTHENTICATION, "readable end"),
    ],
)  # fmt: skip
def test_a_refusal_tells_its_code_and_no_more(script: Script, kind: Kind, told: str) -> None:
    around, _ = surround(script)
    with pytest.raises(DragomanError, match=told) as caught:
        asyncio.run(borrow_with_token(Role("arn"), "canary", around))
    assert caught.value.kind is kind
    assert "canary" not in str(caught.value)
