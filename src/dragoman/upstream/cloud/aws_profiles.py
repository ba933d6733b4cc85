"""The files that Amazon's own tools share: which profile gets its identity how. Pure but for reading the two files.

Spec: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html. A profile stands in `config` as `[profile name]`
and in `credentials` as `[name]`; what the second says goes before the first. One that names a role borrows it with the
identity of another profile or of the machine, or with a token of who runs the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from configparser import Error, RawConfigParser
from pathlib import Path

from dragoman.upstream.cloud.counter import read_text, refuse

DEFAULT_PROFILE = "default"
CONFIG_FILE = "AWS_CONFIG_FILE"
FILES = ((CONFIG_FILE, "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))

Profile = Mapping[str, str]
Profiles = Mapping[str, Profile]

UNSUPPORTED = {
    "credential_process": "runs a program, which the gateway never does",
    "sso_session": "needs a person who signs in",
    "sso_start_url": "needs a person who signs in",
    "mfa_serial": "needs a person with a device",
}
"""What a profile may ask for and does not get here."""


def load_profiles(environment: Mapping[str, str]) -> Profiles:
    """All profiles of both files. A file that is not there is empty."""
    merged: dict[str, dict[str, str]] = {}
    for variable, usual in FILES:
        path = environment.get(variable, "").strip() or usual
        if _is_there(path):
            for section, fields in _parse_file(read_text(path, "AWS profiles"), is_config=variable == CONFIG_FILE):
                merged.setdefault(section, {}).update(fields)
    return merged


def find_fault(profile: Profile) -> str:
    """Why an identity cannot be had by this profile; empty if that is not known beforehand."""
    return next((f"`{name}` {why}" for name, why in UNSUPPORTED.items() if profile.get(name)), "")


def _is_there(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError):
        return False


def _parse_file(text: str, *, is_config: bool) -> list[tuple[str, dict[str, str]]]:
    parser = RawConfigParser(default_section="\0", strict=False, interpolation=None, comment_prefixes=("#", ";"))
    try:
        parser.read_string(text)
    except (Error, ValueError):
        raise refuse("The file of AWS profiles is not written as Amazon's tools write it.") from None
    named = [(_name_section(section, is_config=is_config), dict(parser[section])) for section in parser.sections()]
    return [(name, fields) for name, fields in named if name]


def _name_section(section: str, *, is_config: bool) -> str:
    """The profile that a section is of; empty for sections of other things."""
    if not is_config:
        return section
    kind, _, name = section.partition(" ")
    if kind == "profile":
        return name.strip().strip("\"'")
    return section if section == DEFAULT_PROFILE else ""
