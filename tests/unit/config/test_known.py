"""The catalogue's types fit what resolving asks for, though neither room knows the other."""

from __future__ import annotations

from dragoman.catalog.discover import find_providers, locate_rows
from dragoman.catalog.providers import load_rows
from dragoman.config.known import Found, KnownRows
from dragoman.config.load import parse_settings


def test_rows_and_findings_of_the_catalogue_can_be_resolved() -> None:
    environment = {"OPENAI_API_KEY": "a,b", "ANTHROPIC_API_KEY": "c", "OLLAMA_HOST": "0.0.0.0"}
    rows: KnownRows = locate_rows(load_rows(), environment)
    found: list[Found] = list(find_providers(environment, load_rows()))
    settings = parse_settings("routes: {r: openai/gpt-4o}", environment, rows, found, "x")
    assert {name: len(one.credentials) for name, one in settings.providers.items()} == {
        "openai": 2,
        "anthropic": 1,
        "ollama": 0,
    }


def test_a_listed_provider_is_where_the_environment_says() -> None:
    environment = {"AWS_REGION": "eu-west-1", "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}
    rows = locate_rows(load_rows(), environment)
    text = "providers: {bedrock: {api_key: k}, azure: {api_key: k}}"
    providers = parse_settings(text, environment, rows, (), "x").providers
    assert providers["bedrock"].base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert providers["azure"].base_url == "https://me.openai.azure.com/openai/v1"


def test_every_usable_row_needs_no_more_than_a_key_or_its_places() -> None:
    environment = {"AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}
    environment |= {names[0]: "x" for row in load_rows().values() for names in row.places.values()}
    rows = locate_rows(load_rows(), environment)
    text = "providers:\n" + "".join(f"  {name}: {{api_key: k}}\n" for name in rows)
    settings = parse_settings(text, environment, rows, (), "x")
    assert len(settings.providers) == len(rows) >= 25
