"""The rows of the catalogue."""

from __future__ import annotations

import re
from typing import get_args
from urllib.parse import urlsplit

import msgspec
import pytest

from dragoman.catalog.providers import Dialect, ProviderRow, load_rows
from dragoman.model.profile import Profile
from dragoman.upstream.auth import SCHEMES

ROWS = list(load_rows().values())
BY_NAME = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])

WANTED = """openai anthropic google vertex vertex-anthropic azure bedrock mistral deepseek groq xai openrouter vercel
together fireworks cerebras perplexity cohere moonshot zai dashscope nvidia huggingface github sambanova deepinfra minimax
novita hyperbolic ollama vllm llamacpp lmstudio sglang"""


def test_everybody_is_there() -> None:
    assert set(WANTED.split()) <= load_rows().keys()
    assert len(ROWS) >= 25


@BY_NAME
def test_a_name_can_stand_before_a_slash_and_in_a_configuration(row: ProviderRow) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", row.name)


@BY_NAME
def test_the_profile_of_a_row_says_only_what_profiles_have(row: ProviderRow) -> None:
    assert row.profile.keys() <= set(Profile.__struct_fields__)
    profile = msgspec.convert(row.profile, Profile)
    default = Profile()
    changed = [name for name in row.profile if getattr(profile, name) != getattr(default, name)]
    # `replay_reasoning = false` stands against what is known of models, not against the default.
    assert set(row.profile) - set(changed) <= {"replay_reasoning"}


@BY_NAME
def test_a_base_url_ends_where_its_dialect_begins(row: ProviderRow) -> None:
    for dialect, url in {row.dialect: row.base_url, **row.also}.items():
        assert dialect in get_args(Dialect)
        if not url:
            continue
        assert not url.endswith("/")
        assert urlsplit(url).scheme == ("http" if row.local else "https")
        if dialect == "anthropic_messages":
            assert not url.endswith("/v1")


@BY_NAME
def test_there_is_a_variable_to_use_a_row_by(row: ProviderRow) -> None:
    assert row.base_url_env if row.local else row.key_env or row.default_env
    if not row.base_url:
        assert row.base_url_env
    for variable in [*row.key_env, *row.default_env, *row.base_url_env]:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", variable)


@BY_NAME
def test_the_places_of_a_base_url_can_be_filled(row: ProviderRow) -> None:
    assert set(re.findall(r"\{(\w+)\}", row.base_url)) == row.places.keys()


@BY_NAME
def test_a_row_has_documentation_and_a_way_to_show_keys(row: ProviderRow) -> None:
    assert row.docs.startswith("https://")
    assert row.title
    assert row.auth in SCHEMES


def test_no_variable_belongs_to_two_rows_that_use_it_unasked() -> None:
    variables = [name for row in ROWS if not row.is_shy for name in row.key_env]
    assert len(set(variables)) == len(variables)


def test_only_who_is_asked_for_is_found_by_what_a_cloud_lends() -> None:
    lent = [row for row in ROWS if row.default_env]
    assert {row.name for row in lent} == {"azure-entra", "bedrock-iam"}
    assert all(row.is_shy for row in lent)


def test_local_servers_have_ports_of_their_own() -> None:
    shares = {"ray-serve"}  # vLLM's, which it runs
    ports = [urlsplit(row.base_url).port for row in ROWS if row.local and row.name not in shares]
    assert len(set(ports)) == len(ports) >= 5


def test_an_unknown_field_in_a_row_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="bse_url"):
        msgspec.convert({"name": "x", "title": "X", "dialect": "openai_chat", "docs": "", "bse_url": "x"}, ProviderRow)


def test_the_rows_are_read_once() -> None:
    assert load_rows() is load_rows()
