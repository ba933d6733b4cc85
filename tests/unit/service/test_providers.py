"""What a call needs of a provider, as its settings say it."""

from __future__ import annotations

import pytest

from dragoman.config.sections.providers import CredentialSettings, ProviderSettings
from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.model.secret import Secret
from dragoman.service.providers import build_face, build_provider, build_timeouts


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://api.example/v1", "api.example", 443, "/v1"),
        ("http://127.0.0.1:8080", "127.0.0.1", 8080, ""),
        ("http://[::1]:9/x/", "::1", 9, "/x"),
    ],
)
def test_an_address_is_split_once(url: str, host: str, port: int, path: str) -> None:
    face = build_face("openai_chat", url)
    assert (face.origin.host, face.origin.port, face.base_path) == (host, port, path)


def test_a_provider_without_keys_has_one_credential_that_shows_nothing() -> None:
    settings = ProviderSettings(dialect="openai_chat", base_url="http://127.0.0.1:9/v1", auth="none")
    (credential,) = build_provider("mine", settings, TimeoutSettings()).credentials
    assert (credential.name, credential.shown["openai_chat"].headers) == ("no-key", ())


def test_a_key_is_shown_in_the_form_of_the_provider_at_the_address_where_it_is_valid() -> None:
    key = CredentialSettings(
        Secret("s3cret-0123456789"), name="mine", base_url="http://127.0.0.1:7", headers={"X-Team": Secret("red")}
    )
    settings = ProviderSettings(
        dialect="anthropic_messages", base_url="http://127.0.0.1:9", auth="x-api-key", credentials=[key]
    )
    (credential,) = build_provider("p", settings, TimeoutSettings()).credentials
    shown = credential.shown["anthropic_messages"].headers
    assert shown == ((b"x-api-key", b"s3cret-0123456789"), (b"x-team", b"red"))
    assert credential.face is not None
    assert credential.face.origin.port == 7


def test_timeouts_of_a_provider_stand_above_those_of_all() -> None:
    own = TimeoutSettings(connect_seconds=1.5)
    settings = ProviderSettings(dialect="openai_chat", base_url="http://127.0.0.1:9", auth="none", timeouts=own)
    assert build_provider("p", settings, TimeoutSettings()).timeouts == build_timeouts(own)
    assert build_timeouts(own).connect == 1.5
