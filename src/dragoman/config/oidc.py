"""What must be right about signing in through an identity provider, said before anybody tries to."""

from __future__ import annotations

from urllib.parse import urlsplit

from dragoman.config.addresses import find_url_fault, is_loopback
from dragoman.config.problems import Problems
from dragoman.config.sections.oidc import OidcSettings

PATH = "console.oidc"


def check_oidc(settings: OidcSettings, problems: Problems) -> None:
    """Note what is missing or unsafe; nothing where it is off."""
    if not settings.issuer:
        return
    for name in ("issuer", "public_url"):
        if fault := find_address_fault(getattr(settings, name)):
            problems.add(f"{PATH}.{name}", fault)
    if not settings.client_id:
        problems.add(f"{PATH}.client_id", "is needed: what the provider knows this gateway by")
    if "openid" not in settings.scopes.split():
        problems.add(f"{PATH}.scopes", "must have `openid` among them")
    if not settings.roles.map:
        problems.add(f"{PATH}.roles.map", "is needed: without a role for anybody nobody could come in")


def find_address_fault(url: str) -> str:
    """What is wrong with an address that tokens depend on."""
    if fault := find_url_fault(url):
        return fault
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return "must begin with https://, unless it is on this machine"
    return ""
