"""Roles of Amazon's, borrowed from its Security Token Service: with a token of somebody else's, or with another identity.

Spec: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html and API_AssumeRole.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from dragoman.upstream.cloud.counter import Surroundings, Told, ask, build_form, count_seconds, fail, refuse
from dragoman.upstream.cloud.source import Grant
from dragoman.upstream.sigv4 import DEFAULT_REGION, AwsKey, sign_request

WHO = "Amazon's token service"
VERSION = "2011-06-15"
SESSION_NAME = "dragoman"
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")

_FIELD = re.compile(r"<(AccessKeyId|SecretAccessKey|SessionToken|Expiration|Code)>([^<]*)</\1>")


class Role(msgspec.Struct, frozen=True):
    """What is borrowed."""

    arn: str
    session_name: str = SESSION_NAME
    external_id: str = ""
    duration_seconds: str = ""
    region: str = ""

    def list_fields(self) -> dict[str, str]:
        """As the service wants it said."""
        said = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name,
            "ExternalId": self.external_id,
            "DurationSeconds": self.duration_seconds,
        }
        return {name: value for name, value in said.items() if value}


def build_role(profile: Mapping[str, str]) -> Role:
    """The role of a profile."""
    return Role(
        profile["role_arn"],
        profile.get("role_session_name") or SESSION_NAME,
        profile.get("external_id", ""),
        profile.get("duration_seconds", ""),
        profile.get("region", ""),
    )


async def borrow_with_token(role: Role, token: str, around: Surroundings) -> Grant[AwsKey]:
    """A role for who shows a token of an identity provider that the role trusts."""
    _, url = locate(role, around)
    fields = {**role.list_fields(), "WebIdentityToken": token.strip()}
    fields.pop("ExternalId", None)
    request = build_form(url, {"Action": "AssumeRoleWithWebIdentity", "Version": VERSION, **fields})
    return _read_grant(await ask(around.transport, request), around.clock.unix())


async def borrow_with_key(role: Role, key: AwsKey, around: Surroundings) -> Grant[AwsKey]:
    """A role for who has an identity that it trusts."""
    region, url = locate(role, around)
    request = build_form(url, {"Action": "AssumeRole", "Version": VERSION, **role.list_fields()})
    signed = sign_request(request, key, around.clock.unix(), service="sts", region=region)
    return _read_grant(await ask(around.transport, signed), around.clock.unix())


def locate(role: Role, around: Surroundings) -> tuple[str, str]:
    """The region whose service is asked, and its address."""
    region = role.region or next(filter(None, map(around.read, REGION_VARIABLES)), DEFAULT_REGION)
    moved = next(filter(None, map(around.read, ENDPOINT_VARIABLES)), "")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return region, moved.rstrip("/") + "/" if moved else f"https://sts.{region}.{suffix}/"


def _read_grant(told: Told, unix: float) -> Grant[AwsKey]:
    fields = dict(_FIELD.findall(told.body.decode("utf-8", "replace")))
    if told.status != 200:
        raise fail(told, WHO, fields.get("Code", ""))
    wanted = [fields.get(name, "") for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")]
    if not all(wanted):
        raise refuse(f"{WHO} answered with something that is no credential.")
    return Grant(AwsKey(*wanted[:3]), count_seconds(wanted[3], unix))
