"""The places where clouds lend secrets, all on one loopback address: instances' metadata, containers, token services.

It is strict where the real ones are: the metadata of Amazon's wants its token first, Google's and Azure's want their
header. Every request is remembered, and each lends under another name than the one before.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

METADATA_TOKEN = "canary-metadata-token"
CONTAINER_TOKEN = "canary-container-token"
SUBJECT_TOKEN = "canary-subject-token"
SECRET = "canary-lent-secret"
ROLE = "gateway-role"
XML = "<{0}Response><{0}Result><Credentials>{1}</Credentials></{0}Result></{0}Response>"


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


Reply = tuple[int, str]


class Cloud(ThreadingHTTPServer):
    """What was asked of it. `fault` is a status that it answers everything with; `lasts` is in seconds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.asked: list[Asked] = []
        self.fault = 0
        self.lasts = 3600
        self.lent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def lend(self) -> str:
        """The name of what is lent next."""
        self.lent += 1
        return f"LENT{self.lent}"

    def find_end(self) -> str:
        end = datetime.now(UTC) + timedelta(seconds=self.lasts)
        return end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def answer(self, asked: Asked) -> Reply:
        """What is said to a request."""
        self.asked.append(asked)
        if self.fault:
            return self.fault, json.dumps({"error": "invalid_grant", "error_description": SECRET})
        for beginning, reply in PLACES.items():
            if asked.path.startswith(beginning):
                return reply(self, asked)
        return 404, ""


def _lend_key(cloud: Cloud) -> Reply:
    lent = {
        "Code": "Success",
        "AccessKeyId": cloud.lend(),
        "SecretAccessKey": SECRET,
        "Token": "canary-session",
        "Expiration": cloud.find_end(),
    }
    return 200, json.dumps(lent)


def _lend_token(cloud: Cloud, lasts: object = None) -> Reply:
    lent = {"access_token": cloud.lend(), "expires_in": lasts or cloud.lasts, "token_type": "Bearer"}
    return 200, json.dumps(lent)


def _open_instance(cloud: Cloud, asked: Asked) -> Reply:
    is_fit = asked.method == "PUT" and asked.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit()
    return (200, METADATA_TOKEN) if is_fit else (405, "")


def _show_instance(cloud: Cloud, asked: Asked) -> Reply:
    if asked.headers.get("x-aws-ec2-metadata-token") != METADATA_TOKEN:
        return 401, ""
    return _lend_key(cloud) if asked.path.endswith(ROLE) else (200, ROLE)


def _show_container(cloud: Cloud, asked: Asked) -> Reply:
    return _lend_key(cloud) if asked.headers.get("authorization") == CONTAINER_TOKEN else (403, "")


def _lend_role(cloud: Cloud, asked: Asked) -> Reply:
    action = asked.form["Action"]
    if action == "AssumeRoleWithWebIdentity" and asked.form.get("WebIdentityToken") != SUBJECT_TOKEN:
        return 400, "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
    fields = {
        "AccessKeyId": cloud.lend(),
        "SecretAccessKey": SECRET,
        "SessionToken": "canary-session",
        "Expiration": cloud.find_end(),
    }
    return 200, XML.format(action, "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()))


def _show_google_machine(cloud: Cloud, asked: Asked) -> Reply:
    return _lend_token(cloud) if asked.headers.get("metadata-flavor") == "Google" else (403, "")


def _stand_in(cloud: Cloud, asked: Asked) -> Reply:
    return 200, json.dumps({"accessToken": cloud.lend(), "expireTime": cloud.find_end()})


def _show_azure_machine(cloud: Cloud, asked: Asked) -> Reply:
    is_fit = asked.headers.get("metadata") == "true" or asked.headers.get("x-identity-header") == "canary-header"
    return _lend_token(cloud, str(cloud.lasts)) if is_fit else (400, '{"error": "invalid_request"}')


PLACES: dict[str, Callable[[Cloud, Asked], Reply]] = {
    "/latest/api/token": _open_instance,
    "/latest/meta-data/iam/security-credentials/": _show_instance,
    "/container": _show_container,
    "/computeMetadata/v1/instance/service-accounts/default/token": _show_google_machine,
    "/google/sts": lambda cloud, asked: _lend_token(cloud),
    "/google/subject": lambda cloud, asked: (200, json.dumps({"held": SUBJECT_TOKEN})),
    "/google/stand-in": _stand_in,
    "/google/token": lambda cloud, asked: _lend_token(cloud),
    "/tenant/oauth2/v2.0/token": lambda cloud, asked: _lend_token(cloud),
    "/azure": _show_azure_machine,
    "/": _lend_role,
}


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        cloud = self.server
        assert isinstance(cloud, Cloud)
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        status, text = cloud.answer(Asked(self.command, address.path, query, headers, body))
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_PUT = do_GET  # noqa: N815 - the standard library calls them so

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """A cloud while it is needed."""
    with Cloud() as cloud:
        threading.Thread(target=cloud.serve_forever, args=(0.01,), daemon=True).start()
        yield cloud
        cloud.shutdown()
