"""Providers found in the environment."""

from __future__ import annotations

import pytest

from dragoman.catalog.discover import complete_base_url, find_moves, find_providers, locate_rows, split_keys
from dragoman.catalog.providers import ProviderRow, load_rows
from dragoman.model.secret import Secret

ROWS = load_rows()


def found(**environment: str) -> list[tuple[str, str, int, str]]:
    return [(one.name, one.base_url, len(one.secrets), one.source) for one in find_providers(environment, ROWS)]


def test_an_empty_environment_has_nobody() -> None:
    assert found() == []
    assert found(PATH="/bin", OPENAI_API_KEY="", ANTHROPIC_API_KEY=" ", GEMINI_API_KEY=", ,") == []


def test_a_key_is_enough() -> None:
    assert found(OPENAI_API_KEY="k") == [("openai", "https://api.openai.com/v1", 1, "OPENAI_API_KEY")]


def test_every_usable_row_is_found_by_its_first_key() -> None:
    environment = {row.key_env[0]: "k" for row in ROWS.values() if row.key_env}
    environment |= {row.base_url_env[0]: "http://127.0.0.1:1/v1" for row in ROWS.values() if row.local}
    environment |= {row.default_env[0]: "d" for row in ROWS.values() if row.default_env and not row.key_env}
    environment |= {"AWS_REGION": "r", "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}
    for row in ROWS.values():
        environment |= dict.fromkeys(row.key_parts[:1], "s")
        environment |= {names[0]: "r" for names in row.places.values()}
    assert {one.name for one in find_providers(environment, ROWS)} == set(ROWS)


def test_a_key_of_several_parts_is_joined_as_far_as_it_goes() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_REGION": "eu-west-3"}
    assert list(find_providers(environment, ROWS)) == []
    environment["AWS_SECRET_ACCESS_KEY"] = "s"
    (found,) = find_providers(environment, ROWS)
    assert (found.name, found.secrets) == ("bedrock-iam", (Secret("id:s"),))
    (found,) = find_providers({**environment, "AWS_SESSION_TOKEN": "t"}, ROWS)
    assert found.secrets == (Secret("id:s:t"),)


@pytest.mark.parametrize(
    "variable",
    [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
)
def test_what_a_cloud_lends_is_found_by_the_variables_of_its_own_tools(variable: str) -> None:
    (lent,) = find_providers({variable: "x", "AWS_REGION": "eu-west-3"}, ROWS)
    assert (lent.name, lent.secrets, lent.source) == ("bedrock-iam", (Secret("default"),), variable)
    both = {variable: "x", "AWS_REGION": "r", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s"}
    (kept,) = find_providers(both, ROWS)
    assert (kept.secrets, kept.source) == ((Secret("id:s"),), "AWS_ACCESS_KEY_ID")


def test_an_identity_of_entra_is_found_where_its_own_libraries_find_one() -> None:
    place = {"AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}
    for variable in ("AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT"):
        (lent,) = find_providers({**place, variable: "x"}, ROWS)
        assert (lent.name, lent.secrets) == ("azure-entra", (Secret("default"),))
        assert lent.base_url == "https://me.openai.azure.com/openai/v1"


def test_several_keys_make_a_pool_in_their_order_and_once_each() -> None:
    (openai,) = find_providers({"OPENAI_API_KEY": " b, a ,b,,c"}, ROWS)
    assert openai.secrets == (Secret("b"), Secret("a"), Secret("c"))
    assert split_keys(" ") == ()


def test_the_first_variable_that_is_set_counts() -> None:
    assert found(GOOGLE_API_KEY="x", GEMINI_API_KEY="a,b")[0][2:] == (2, "GEMINI_API_KEY")
    assert found(GOOGLE_API_KEY="x", GEMINI_API_KEY="")[0][2:] == (1, "GOOGLE_API_KEY")


def test_a_base_url_moves_a_provider_and_forgets_its_further_dialects() -> None:
    (moved,) = find_providers({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1/"}, ROWS)
    assert moved.base_url == "http://127.0.0.1:9/v1"
    assert moved.row.also == {}
    (stayed,) = find_providers({"OPENAI_API_KEY": "k"}, ROWS)
    assert stayed.row.also == {"openai_responses": "https://api.openai.com/v1"}
    (said_again,) = find_providers({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://api.openai.com/v1"}, ROWS)
    assert said_again.row.also == stayed.row.also


def test_a_moved_provider_knows_where_it_would_be_otherwise() -> None:
    environment = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    (moved,) = find_providers(environment, ROWS)
    assert moved.unmoved is not None
    assert (moved.unmoved.base_url, moved.unmoved.secrets) == ("https://api.openai.com/v1", moved.secrets)
    assert moved.unmoved.row == locate_rows(ROWS, {})["openai"]
    (own,) = find_providers({"OLLAMA_HOST": "127.0.0.1:9", "OLLAMA_API_KEY": "k"}, ROWS)
    assert own.unmoved is None


def test_the_variables_that_move_somebody_are_named() -> None:
    environment = {"ANTHROPIC_BASE_URL": "127.0.0.1:9", "OPENAI_API_BASE": "http://127.0.0.1:9", "OPENAI_BASE_URL": ""}
    assert find_moves(environment, ROWS) == {
        "OPENAI_API_BASE": "http://127.0.0.1:9",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    }
    assert find_moves({}, ROWS) == {}


def test_a_base_url_without_a_key_is_not_enough_for_a_provider_that_wants_one() -> None:
    assert found(OPENAI_BASE_URL="http://127.0.0.1:9/v1") == []


def test_the_address_of_an_own_server_is_enough() -> None:
    assert found(OLLAMA_HOST="127.0.0.1:11434") == [("ollama", "http://127.0.0.1:11434/v1", 0, "OLLAMA_HOST")]


def test_an_own_server_with_a_key_shows_it_but_the_key_alone_says_nothing() -> None:
    assert found(VLLM_BASE_URL="http://gpu:8000/v1", VLLM_API_KEY="k") == [
        ("vllm", "http://gpu:8000/v1", 1, "VLLM_API_KEY")
    ]
    assert found(VLLM_API_KEY="k") == []


def test_places_are_filled_and_a_row_with_an_empty_one_is_nowhere() -> None:
    assert found(AWS_BEARER_TOKEN_BEDROCK="k") == []
    assert found(AWS_BEARER_TOKEN_BEDROCK="k", AWS_DEFAULT_REGION="eu-west-1")[0][1] == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com"
    )
    assert locate_rows(ROWS, {})["bedrock"].base_url == ""


def test_places_that_nobody_fills_are_not_found() -> None:
    environment = {
        "AWS_BEARER_TOKEN_BEDROCK": "k",
        "GOOGLE_APPLICATION_CREDENTIALS": "f",
        "GOOGLE_CLOUD_PROJECT": "p",
    }
    assert find_providers(environment, ROWS) == []
    environment["GOOGLE_CLOUD_LOCATION"] = "l"
    assert locate_rows(ROWS, environment)["vertex"].base_url == (
        "https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google"
    )


def test_the_location_that_is_everywhere_is_not_in_the_host() -> None:
    environment = {"GOOGLE_CLOUD_PROJECT": "p", "CLOUD_ML_REGION": "global"}
    assert locate_rows(ROWS, environment)["vertex-anthropic"].base_url == (
        "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic"
    )


def test_a_token_that_means_something_else_is_left_alone() -> None:
    assert found(GITHUB_TOKEN="t") == []


@pytest.mark.parametrize(
    ("row", "text", "url"),
    [
        ("openai", "https://proxy.test/openai", "https://proxy.test/openai"),
        ("openai", "http://127.0.0.1:1/v1///", "http://127.0.0.1:1/v1"),
        ("openai", "proxy.test/v1", "https://proxy.test/v1"),
        ("openai", "localhost:1/v1", "http://localhost:1/v1"),
        ("anthropic", "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("anthropic", "http://127.0.0.1:1/v1/", "http://127.0.0.1:1"),
        ("anthropic", "http://127.0.0.1:1/anthropic", "http://127.0.0.1:1/anthropic"),
        ("google", "https://generativelanguage.googleapis.com", "https://generativelanguage.googleapis.com/v1beta"),
        ("google", "http://127.0.0.1:1/v1alpha/", "http://127.0.0.1:1/v1alpha"),
        ("google", "http://127.0.0.1:1/gemini", "http://127.0.0.1:1/gemini/v1beta"),
        ("azure", "https://me.openai.azure.com/", "https://me.openai.azure.com/openai/v1"),
        ("azure", "https://me.openai.azure.com/openai", "https://me.openai.azure.com/openai/v1"),
        ("azure", "https://me.openai.azure.com/openai/v1", "https://me.openai.azure.com/openai/v1"),
        ("ollama", "gpu-box", "http://gpu-box:11434/v1"),
        ("ollama", "gpu-box:9", "http://gpu-box:9/v1"),
        ("ollama", "0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("ollama", "0.0.0.0:9", "http://127.0.0.1:9/v1"),
        ("ollama", "http://0.0.0.0:9", "http://127.0.0.1:9/v1"),
        ("ollama", "[::]:9", "http://[::1]:9/v1"),
        ("ollama", "http://gpu-box", "http://gpu-box/v1"),
        ("ollama", "https://gpu.test/ollama/v1", "https://gpu.test/ollama/v1"),
        ("vertex-express", "x.test", "https://x.test"),
    ],
)
def test_a_base_url_is_completed_from_the_way_people_write_it(row: str, text: str, url: str) -> None:
    assert complete_base_url(ROWS[row], text) == url


def test_a_finding_shows_no_key() -> None:
    key = "sk-0123456789abcdefghijklmnop"
    shown = repr(find_providers({"OPENAI_API_KEY": key}, ROWS))
    assert key not in shown
    assert "OPENAI_API_KEY" in shown


def test_rows_of_ones_own_are_found_as_well() -> None:
    row = ProviderRow(
        "own", "Own", "openai_chat", "https://x.test", base_url="https://own.test/v1", key_env=["OWN_KEY"]
    )
    assert [one.name for one in find_providers({"OWN_KEY": "k"}, {"own": row})] == ["own"]
