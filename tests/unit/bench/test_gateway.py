"""The gateway's configuration is one that the gateway accepts, with nothing switched off."""

from __future__ import annotations

from pathlib import Path

from bench.gateway import ENVIRONMENT, KEY, build_config, build_offers, name_provider
from bench.traffic import TRAFFIC
from bench.upstream import PATTERNS
from dragoman.bootstrap.settings import read_settings
from dragoman.config.sections.logging import LoggingSettings
from dragoman.config.sections.server import ServerSettings


def test_every_dialect_has_a_provider_for_answers_and_one_for_each_pattern(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(build_config(9100, 9102))
    settings = read_settings(path, ENVIRONMENT)
    wanted = {name_provider(dialect, pattern) for dialect in TRAFFIC for pattern in ("", *PATTERNS)}
    assert settings.providers.keys() == wanted
    for name, provider in settings.providers.items():
        assert provider.dialect == name.partition("-")[0]
        assert (":9102/" in provider.base_url) == ("-" in name)
        assert len(provider.credentials) == 1


def test_clients_need_a_key_and_everything_else_is_as_shipped(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(build_config(9100, 9102))
    settings = read_settings(path, ENVIRONMENT)
    assert [key.secret.reveal() for key in settings.auth.keys] == [KEY]
    assert (settings.server, settings.logging) == (ServerSettings(), LoggingSettings())


def test_an_environment_alone_offers_the_three_makers() -> None:
    settings = read_settings(None, build_offers(9100))
    assert {"openai", "anthropic", "google"} <= settings.providers.keys()
    assert all(":9100" in provider.base_url for provider in settings.providers.values())
