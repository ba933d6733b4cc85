"""Amazon's request signatures, version 4: a secret that never travels, and a request that nobody can change.

Spec: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
Theory of operation: what is signed is a canonical form of the request, so the path is encoded once more than it is sent
(every service but S3 wants that), and the signature's own key is derived from the secret for one day, region and service.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.request_head import format_host
from dragoman.upstream.transport import Headers, OutgoingRequest

SERVICE = "bedrock"
DEFAULT_REGION = "us-east-1"

_ALGORITHM = "AWS4-HMAC-SHA256"
_REGION = re.compile(r"(?:^|\.)bedrock(?:-runtime)?(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\.")
_SIGNED_NAMES = (b"content-type", b"host")
_SIGNED_PREFIX = b"x-amz-"


class AwsKey(msgspec.Struct, frozen=True):
    """An identity of IAM; `token` where it is a temporary one."""

    id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "<AwsKey ****>"


def parse_aws_key(text: str) -> AwsKey:
    """`id:secret` or `id:secret:token`, as the variables of Amazon's own tools are joined."""
    pieces = text.split(":")
    if len(pieces) not in (2, 3) or not all(pieces[:2]):
        raise DragomanError(
            Kind.INVALID_REQUEST,
            "An AWS key is written as access-key-id:secret-access-key, with :session-token behind it if it is temporary; "
            "or as `default` or `profile NAME`, for where Amazon's own tools find one.",
            blame="gateway",
        )
    return AwsKey(*pieces)


def find_region(host: str) -> str:
    """The region that an address of Bedrock names."""
    found = _REGION.search(host)
    return found[1] if found else DEFAULT_REGION


def sign_request(
    request: OutgoingRequest, key: AwsKey, unix: float, *, service: str = SERVICE, region: str = ""
) -> OutgoingRequest:
    """The request with its signature, which holds for some minutes around `unix`."""
    moment = datetime.fromtimestamp(unix, UTC)
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region or find_region(request.origin.host)}/{service}/aws4_request"
    added: Headers = [(b"x-amz-date", stamp.encode())]
    if key.token:
        added.append((b"x-amz-security-token", key.token.encode()))
    headers = [*request.headers, *added]
    signed = _select_signed([*headers, (b"host", format_host(request.origin))])
    canonical = _build_canonical(request, signed)
    to_sign = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical).hexdigest())).encode()
    signature = hmac.digest(_derive_key(key.secret, scope), to_sign, "sha256").hex()
    names = b";".join(name for name, _ in signed).decode()
    authorization = f"{_ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return msgspec.structs.replace(request, headers=[*headers, (b"authorization", authorization.encode())])


def _select_signed(headers: Headers) -> Headers:
    """What the signature covers, in order of names. What a proxy on the way may change is left out."""
    return sorted(pair for pair in headers if pair[0] in _SIGNED_NAMES or pair[0].startswith(_SIGNED_PREFIX))


def _build_canonical(request: OutgoingRequest, signed: Headers) -> bytes:
    path, _, query = request.target.partition(b"?")
    pairs = sorted(pair.partition(b"=")[::2] for pair in query.split(b"&") if pair)
    return b"\n".join(
        (
            request.method,
            quote(path, safe="/~").encode(),
            b"&".join(b"%b=%b" % pair for pair in pairs),
            *(b"%b:%b" % (name, b" ".join(value.split())) for name, value in signed),
            b"",
            b";".join(name for name, _ in signed),
            hashlib.sha256(request.body).hexdigest().encode(),
        )
    )


def _derive_key(secret: str, scope: str) -> bytes:
    """The secret, bound to each part of the scope in turn."""
    derived = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived
