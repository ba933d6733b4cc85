"""The identity that Amazon lends to a machine: by an address that a container is told, or by the instance's metadata.

Specs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html, of which only the second
version is spoken: it wants a token first, so that nobody is led to ask it by a mere URL.
"""

from __future__ import annotations

import msgspec

from dragoman.errors import DragomanError
from dragoman.upstream.cloud.counter import (
    LITTLE_PATIENCE,
    Surroundings,
    ask,
    build_request,
    count_seconds,
    fail,
    read_text,
    read_told,
    refuse,
)
from dragoman.upstream.cloud.source import Grant
from dragoman.upstream.sigv4 import AwsKey

CONTAINER_PATH, CONTAINER_URL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
CONTAINER_HOST = "http://169.254.170.2"
CONTAINER_HOSTS = frozenset(
    {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1"}
)  # where no encryption is needed, since nothing leaves the machine

INSTANCE_URLS = {"ipv4": "http://169.254.169.254", "ipv6": "http://[fd00:ec2::254]"}
TOKEN_SECONDS = "21600"  # noqa: S105 - for how long, no secret
_ROLES = "/latest/meta-data/iam/security-credentials/"


class _Lent(msgspec.Struct, frozen=True, rename="pascal"):
    access_key_id: str
    secret_access_key: str
    expiration: str
    token: str = ""

    def read(self, unix: float) -> Grant[AwsKey]:
        key = AwsKey(self.access_key_id, self.secret_access_key, self.token)
        return Grant(key, count_seconds(self.expiration, unix))


async def borrow_from_container(around: Surroundings) -> Grant[AwsKey] | None:
    """What a container is lent (ECS, EKS Pod Identity); None where it was told of no address."""
    path, url = around.read(CONTAINER_PATH), around.read(CONTAINER_URL)
    if not path and not url:
        return None
    headers = {"accept": "application/json"}
    if token := _read_container_token(around):
        headers["authorization"] = token
    request = build_request("GET", CONTAINER_HOST + path if path else url, headers, timeouts=LITTLE_PATIENCE)
    if request.origin.scheme == "http" and request.origin.host not in CONTAINER_HOSTS:
        raise refuse(f"{CONTAINER_URL} must be an https address, or one of this machine or of its own network.")
    told = await ask(around.direct, request)
    return read_told(told, "The container's address for AWS credentials", _Lent).read(around.clock.unix())


def _read_container_token(around: Surroundings) -> str:
    """What has to be shown. A file is read each time, for it is replaced before it ends."""
    path = around.read("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    text = read_text(path, "the AWS container token") if path else around.read("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    text = text.strip()
    if not text.isprintable():
        raise refuse("The AWS container token cannot stand in a header.")
    return text


async def borrow_from_instance(around: Surroundings) -> Grant[AwsKey] | None:
    """What a virtual machine is lent; None where this is none, has no role, or is not to be asked."""
    if around.read("AWS_EC2_METADATA_DISABLED").lower() == "true":
        return None
    mode = around.read("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").lower() or "ipv4"
    base = around.read("AWS_EC2_METADATA_SERVICE_ENDPOINT").rstrip("/") or INSTANCE_URLS.get(
        mode, INSTANCE_URLS["ipv4"]
    )
    try:
        token = await _ask_instance(around, "PUT", f"{base}/latest/api/token")
    except DragomanError:  # nobody there, or nobody who speaks the second version
        return None
    shown = {"x-aws-ec2-metadata-token": token.decode("latin-1")}
    roles = (await _ask_instance(around, "GET", base + _ROLES, shown)).decode("utf-8", "replace").split()
    if not roles:
        return None
    told = await ask(around.direct, build_request("GET", base + _ROLES + roles[0], shown, timeouts=LITTLE_PATIENCE))
    return read_told(told, "The instance's metadata", _Lent).read(around.clock.unix())


async def _ask_instance(around: Surroundings, method: str, url: str, headers: dict[str, str] | None = None) -> bytes:
    """One page of the metadata; a page that is not there is empty."""
    shown = {"x-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS} if headers is None else headers
    told = await ask(around.direct, build_request(method, url, shown, timeouts=LITTLE_PATIENCE))
    if told.status == 200:
        return told.body
    if told.status == 404 and method == "GET":
        return b""
    raise fail(told, "The instance's metadata")
