"""Our signatures are Amazon's own: the judge is the signer of its official library."""

from __future__ import annotations

import re

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dragoman.errors import DragomanError
from dragoman.routing.target import Origin
from dragoman.upstream.sigv4 import AwsKey, find_region, parse_aws_key, sign_request
from dragoman.upstream.transport import OutgoingRequest

KEY = AwsKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
UNIX = 1_795_280_000.0
REQUEST = OutgoingRequest(
    Origin("https", "bedrock-runtime.eu-west-3.amazonaws.com", 443),
    b"POST",
    b"/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
    [(b"content-type", b"application/json"), (b"user-agent", b"agent/1"), (b"x-amz-meta", b"  two   words ")],
    b'{"messages":[]}',
)


def read_header(request: OutgoingRequest, name: bytes) -> str:
    (value,) = [value for header, value in request.headers if header == name]
    return value.decode()


def sign_as_amazon(signed: OutgoingRequest, key: AwsKey, region: str) -> str:
    """The signature that botocore puts under the headers that we have signed."""
    names = re.findall(r"SignedHeaders=([^,]+)", read_header(signed, b"authorization"))[0].split(";")
    origin = signed.origin
    port = "" if origin.port in (80, 443) else f":{origin.port}"
    url = f"{origin.scheme}://{origin.host}{port}{signed.target.decode()}"
    headers = {name.decode(): value.decode() for name, value in signed.headers if name.decode() in names}
    request = AWSRequest(signed.method.decode(), url, headers, signed.body)
    request.context["timestamp"] = read_header(signed, b"x-amz-date")
    signer = SigV4Auth(Credentials(key.id, key.secret, key.token or None), "bedrock", region)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


@pytest.mark.parametrize(
    ("change", "region"),
    [
        ({}, "eu-west-3"),
        ({"body": b""}, "eu-west-3"),
        ({"body": "Grüße 👋".encode()}, "eu-west-3"),
        ({"method": b"GET", "target": b"/x?b=2&a=%20&a-b=1&a=&c"}, "eu-west-3"),
        ({"target": b"/model/arn%3Aaws%3Abedrock%3A%3A%3Aprofile%2Fx~y_z.q/converse-stream"}, "eu-west-3"),
        ({"target": b"/model/caf%C3%A9%20one/converse"}, "eu-west-3"),
        ({"origin": Origin("http", "127.0.0.1", 9999)}, "us-east-1"),
        ({"origin": Origin("https", "bedrock-runtime-fips.us-gov-west-1.amazonaws.com", 443)}, "us-gov-west-1"),
    ],
)
@pytest.mark.parametrize("token", ["", "IQoJb3JpZ2luX2VjE=="])
def test_signatures_are_those_of_amazons_own_library(change: dict[str, object], region: str, token: str) -> None:
    key = msgspec.structs.replace(KEY, token=token)
    signed = sign_request(msgspec.structs.replace(REQUEST, **change), key, UNIX)
    authorization = read_header(signed, b"authorization")
    assert f"Credential={KEY.id}/20261121/{region}/bedrock/aws4_request" in authorization
    assert authorization.endswith(f"Signature={sign_as_amazon(signed, key, region)}")
    assert ("x-amz-security-token" in authorization) == bool(token)


def test_what_a_proxy_may_change_is_not_signed_and_nothing_is_taken_away() -> None:
    signed = sign_request(REQUEST, KEY, UNIX)
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-meta," in read_header(signed, b"authorization")
    assert signed.headers[: len(REQUEST.headers)] == REQUEST.headers
    assert (signed.target, signed.body) == (REQUEST.target, REQUEST.body)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("bedrock-runtime.us-west-2.amazonaws.com", "us-west-2"),
        ("vpce-0abc-xyz.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com", "ap-southeast-2"),
        ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("localhost", "us-east-1"),
    ],
)
def test_the_address_tells_the_region(host: str, region: str) -> None:
    assert find_region(host) == region


def test_a_key_is_two_or_three_texts() -> None:
    assert parse_aws_key("id:secret") == AwsKey("id", "secret")
    assert parse_aws_key("id:secret:token") == AwsKey("id", "secret", "token")
    for text in ("", "id", "id:", ":secret", "a:b:c:d"):
        with pytest.raises(DragomanError, match="access-key-id:secret-access-key"):
            parse_aws_key(text)


def test_a_key_never_shows_itself() -> None:
    assert "wJalr" not in repr(KEY)
    assert "AKID" not in f"{KEY}"
