"""Variables that are meant for the clients do not take providers away."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.check import check
from dragoman.cli.detours import find_detours
from dragoman.cli.serve import start

KEY = "sk-Zk3quiteunguessable"
AT_HOME = {
    "OPENAI": ("openai", "https://api.openai.com/v1"),
    "ANTHROPIC": ("anthropic", "https://api.anthropic.com"),
    "GOOGLE_GEMINI": ("google", "https://generativelanguage.googleapis.com/v1beta"),
}
ADDRESSES = ["http://127.0.0.1:8642", "http://localhost:8642/v1", "127.0.0.1:8642"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("maker", list(AT_HOME))
def test_a_provider_stays_where_it_is_when_the_variable_of_its_clients_is_the_gateway(maker: str, address: str) -> None:
    name, url = AT_HOME[maker]
    environment = {f"{maker.removeprefix('GOOGLE_')}_API_KEY": KEY, f"{maker}_BASE_URL": address}
    settings = read_settings(None, environment)
    assert {one: provider.base_url for one, provider in settings.providers.items()} == {name: url}
    (notice,) = find_detours(settings, environment)
    assert notice.startswith(f"{maker}_BASE_URL is the address of this gateway itself")


def test_another_port_is_another_gateway() -> None:
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:8643/v1"}
    settings = read_settings(None, environment)
    assert settings.providers["openai"].base_url == "http://127.0.0.1:8643/v1"
    assert find_detours(settings, environment) == []
    assert len(find_detours(read_settings(None, environment | {"DRAGOMAN_PORT": "8643"}), environment)) == 1


def test_an_address_that_cannot_be_read_is_no_detour() -> None:
    assert find_detours(read_settings(None, {}), {"OPENAI_BASE_URL": "http://host:many"}) == []


def test_the_start_and_the_check_tell_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": ADDRESSES[0]}
    assert start(None, environment, lambda *_: 0) == 0
    assert "note       OPENAI_BASE_URL is the address of this gateway itself" in capsys.readouterr().out
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    report = CliRunner().invoke(check, [], standalone_mode=False, catch_exceptions=False).stdout
    assert "openai (1 key): openai_chat at https://api.openai.com/v1 from OPENAI_API_KEY" in report
    assert "warnings\n  OPENAI_BASE_URL is the address of this gateway itself" in report
