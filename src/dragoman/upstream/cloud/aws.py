"""Identities of Amazon's that are found as its own tools find them: in variables, profiles, containers, on instances.

Spec: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html. A credential that says `default` goes
through all places in that order; one that says `profile NAME` knows the one place. Who names neither shows a key itself
(`sigv4.py`). Machines' own addresses are asked last, and only by who says `default`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from dragoman.upstream.cloud.aws_machine import borrow_from_container, borrow_from_instance
from dragoman.upstream.cloud.aws_profiles import DEFAULT_PROFILE, Profile, Profiles, find_fault, load_profiles
from dragoman.upstream.cloud.aws_sts import Role, borrow_with_key, borrow_with_token, build_role
from dragoman.upstream.cloud.counter import Surroundings, read_text, refuse
from dragoman.upstream.cloud.source import Grant
from dragoman.upstream.sigv4 import AwsKey

ANYWHERE = "default"
PROFILE_WORD = "profile"
FILE_SECONDS = 600.0
"""What stands in a file or a variable is looked up again after half of this: who keeps files renews them."""

Found = Grant[AwsKey] | None


def names_source(secret: str) -> bool:
    """Whether a credential says where an identity is to be found, and is none itself."""
    word, _, name = secret.strip().partition(" ")
    return secret.strip() == ANYWHERE or (word == PROFILE_WORD and bool(name.strip()))


class AwsIssuer:
    """Finds the identity that a credential names."""

    def __init__(self, secret: str, around: Surroundings) -> None:
        self._profile = secret.strip().partition(" ")[2].strip()
        self._around = around

    def __repr__(self) -> str:
        return f"<AwsIssuer: {f'profile {self._profile}' if self._profile else 'wherever Amazon looks'}>"

    async def issue(self) -> Grant[AwsKey]:
        """The first identity there is."""
        if self._profile:
            return await self._follow(self._profile, load_profiles(self._around.environment))
        for look in self.LOOKS:
            found = await look(self)
            if found is not None:
                return found
        raise refuse(
            "No AWS identity was found: no AWS_ACCESS_KEY_ID, no AWS_WEB_IDENTITY_TOKEN_FILE, no profile in the shared "
            "files, no container credentials, and no instance metadata that answers (within a container its hop limit "
            "must be 2)."
        )

    async def _look_in_variables(self) -> Found:
        read = self._around.read
        key = AwsKey(read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY"), read("AWS_SESSION_TOKEN"))
        return Grant(key, FILE_SECONDS) if key.id and key.secret else None

    async def _look_for_web_identity(self) -> Found:
        read = self._around.read
        path, arn = read("AWS_WEB_IDENTITY_TOKEN_FILE"), read("AWS_ROLE_ARN")
        if not path or not arn:
            return None
        role = Role(arn, read("AWS_ROLE_SESSION_NAME") or Role(arn).session_name)
        return await borrow_with_token(role, read_text(path, "the AWS web identity token"), self._around)

    async def _look_in_profiles(self) -> Found:
        named = self._around.read("AWS_PROFILE") or self._around.read("AWS_DEFAULT_PROFILE")
        profiles = load_profiles(self._around.environment)
        profile = profiles.get(named or DEFAULT_PROFILE, {})
        if not named and not (profile.keys() & {"aws_access_key_id", "role_arn"}):
            return None
        return await self._follow(named or DEFAULT_PROFILE, profiles)

    async def _look_in_container(self) -> Found:
        return await borrow_from_container(self._around)

    async def _look_at_instance(self) -> Found:
        return await borrow_from_instance(self._around)

    async def _follow(self, name: str, profiles: Profiles, seen: tuple[str, ...] = ()) -> Grant[AwsKey]:
        """The identity of a profile. One that borrows from itself shows its own key."""
        profile = profiles.get(name)
        if profile is None:
            raise refuse(f"There is no AWS profile {name!r} in the shared files.")
        if profile.get("role_arn") and name not in seen:
            return await self._borrow(name, profile, profiles, seen)
        key_id, secret = profile.get("aws_access_key_id", ""), profile.get("aws_secret_access_key", "")
        if not key_id or not secret:
            fault = find_fault(profile)
            raise refuse(f"The AWS profile {name!r} has no key{f': {fault}' if fault else ''}.")
        return Grant(AwsKey(key_id, secret, profile.get("aws_session_token", "")), FILE_SECONDS)

    async def _borrow(self, name: str, profile: Profile, profiles: Profiles, seen: tuple[str, ...]) -> Grant[AwsKey]:
        role = build_role(profile)
        if path := profile.get("web_identity_token_file"):
            return await borrow_with_token(role, read_text(path, "the AWS web identity token"), self._around)
        if profile.get("mfa_serial"):
            raise refuse(f"The AWS profile {name!r} cannot be used: {find_fault({'mfa_serial': 'x'})}.")
        if source := profile.get("source_profile"):
            own = await self._follow(source, profiles, (*seen, name))
        else:
            own = await self._look_where(name, profile.get("credential_source", ""))
        return await borrow_with_key(role, own.value, self._around)

    async def _look_where(self, name: str, source: str) -> Grant[AwsKey]:
        look = self.MACHINES.get(source)
        found = await look(self) if look is not None else None
        if found is None:
            known = ", ".join(self.MACHINES)
            raise refuse(
                f"The AWS profile {name!r} needs a source_profile, or a credential_source ({known}) that is there."
            )
        return found

    LOOKS: ClassVar[tuple[Callable[[AwsIssuer], Awaitable[Found]], ...]] = (
        _look_in_variables,
        _look_for_web_identity,
        _look_in_profiles,
        _look_in_container,
        _look_at_instance,
    )
    MACHINES: ClassVar[dict[str, Callable[[AwsIssuer], Awaitable[Found]]]] = {
        "Environment": _look_in_variables,
        "EcsContainer": _look_in_container,
        "Ec2InstanceMetadata": _look_at_instance,
    }
    """By the words of a profile's `credential_source`."""
