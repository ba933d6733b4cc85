"""A provider, from its settings to the form in which a call needs it: addresses split, keys as headers."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from dragoman.catalog.providers import load_rows
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.dialects.registry import DIALECTS
from dragoman.routing.target import Credential, Face, Origin, Provider, Shown, Timeouts
from dragoman.upstream.auth import show_secret

DEFAULT_PORTS = {"http": 80, "https": 443}


def build_timeouts(settings: TimeoutSettings) -> Timeouts:
    """The same numbers, in the transport's own words."""
    return Timeouts(
        connect=settings.connect_seconds,
        send=settings.send_seconds,
        first_byte=settings.first_byte_seconds,
        idle=settings.idle_seconds,
        progress=settings.progress_seconds,
        total=settings.total_seconds,
    )


def build_face(dialect: str, base_url: str) -> Face:
    """An address, split into what a connection needs and what a request line needs."""
    parts = urlsplit(base_url)
    scheme = "https" if parts.scheme == "https" else "http"
    origin = Origin(scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[scheme])  # type: ignore[arg-type]
    return Face(dialect, origin, parts.path.rstrip("/"))


def build_credentials(settings: ProviderSettings, dialects: list[str]) -> tuple[Credential, ...]:
    """The pool's keys, each in the form in which the provider wants to see it. A provider without keys has one
    credential that shows nothing."""
    if not settings.credentials:
        return (Credential("no-key", {dialect: Shown() for dialect in dialects}),)
    credentials = []
    for one in settings.credentials:
        shown = show_secret(settings.auth, one.secret.reveal())
        extra = tuple((name.lower().encode(), value.reveal().encode()) for name, value in one.headers.items())
        shown = msgspec.structs.replace(shown, headers=shown.headers + extra)
        credentials.append(
            Credential(
                name=one.name,
                shown=dict.fromkeys(dialects, shown),
                weight=one.weight,
                models=frozenset(one.models) if one.models is not None else None,
                face=build_face(settings.dialect, one.base_url) if one.base_url else None,
                rpm=one.rpm,
                tpm=one.tpm,
                concurrency=one.concurrency,
            )
        )
    return tuple(credentials)


def build_provider(name: str, settings: ProviderSettings, timeouts: TimeoutSettings) -> Provider:
    """One provider, ready to be called."""
    addresses = {settings.dialect: settings.base_url, **settings.also}
    row = load_rows().get(settings.row)
    faces = tuple(build_face(dialect, url) for dialect, url in addresses.items() if dialect in DIALECTS)
    return Provider(
        name=name,
        faces=faces,
        credentials=build_credentials(settings, list(addresses)),
        headers=tuple((key.lower().encode(), value.reveal().encode()) for key, value in settings.headers.items()),
        timeouts=build_timeouts(settings.timeouts or timeouts),
        models=tuple(settings.models or ()),
        steers=row is not None and row.steers,
    )
