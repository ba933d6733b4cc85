"""Providers: file over environment over catalogue."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from dragoman.config.providers import DEFAULT_AUTH
from dragoman.config.sections.providers import AuthScheme, DialectName
from dragoman.errors import DragomanError
from dragoman.model.secret import Secret
from dragoman.upstream.auth import SCHEMES
from tests.unit.config.loading import ALPHA, FOUND_ALPHA, GOOD_KEY, LOCAL, ROWS, FoundRow, Row, load, refusal


def test_a_row_gives_everything_but_the_key() -> None:
    alpha = load("providers: {alpha: {api_key: k}}").providers["alpha"]
    assert (alpha.row, alpha.dialect, alpha.base_url, alpha.auth) == (
        "alpha",
        "openai_chat",
        "https://alpha.test/v1",
        "bearer",
    )
    assert alpha.models == ["a-1", "a-2"]
    assert alpha.also == ALPHA.also
    assert alpha.headers == {"x-alpha": Secret("yes")}


def test_the_file_goes_before_the_row() -> None:
    text = (
        "providers:\n  mine:\n    row: alpha\n    base_url: http://127.0.0.1:1/v1/\n    api_key: k\n    auth: query\n"
        "    models: []\n    headers: {x-alpha: no, x-own: own}\n    also: {gemini_generate: 'http://127.0.0.1:1/g'}\n"
    )
    mine = load(text.replace("x-alpha: no", "x-alpha: 'no'")).providers["mine"]
    assert (mine.row, mine.base_url, mine.auth, mine.models) == ("alpha", "http://127.0.0.1:1/v1", "query", [])
    assert mine.headers == {"x-alpha": Secret("no"), "x-own": Secret("own")}
    assert mine.also == {"gemini_generate": "http://127.0.0.1:1/g"}


def test_a_moved_provider_is_not_taken_to_speak_further_dialects() -> None:
    assert load("providers: {alpha: {api_key: k, base_url: 'http://127.0.0.1:1'}}").providers["alpha"].also == {}
    moved = FoundRow(ALPHA, "http://127.0.0.1:1/v1", (Secret("k"),))
    assert load("", found=(moved,)).providers["alpha"].also == {}
    assert load("providers: {alpha: }", found=(moved,)).providers["alpha"].also == {}


def test_another_dialect_of_the_row_brings_its_own_address() -> None:
    alpha = load("providers: {alpha: {api_key: k, dialect: anthropic_messages}}").providers["alpha"]
    assert (alpha.dialect, alpha.base_url) == ("anthropic_messages", "https://alpha.test/anthropic")


def test_a_dialect_that_the_row_has_no_address_for_demands_one() -> None:
    message = refusal("providers: {alpha: {api_key: k, dialect: gemini_generate}}")
    assert "providers.alpha: nobody says where it is: give it a base_url" in message


def test_what_the_environment_has_is_added_unless_forbidden() -> None:
    alpha = load("", found=(FOUND_ALPHA,)).providers["alpha"]
    assert [one.secret.reveal() for one in alpha.credentials] == ["found-1", "found-2"]
    assert (alpha.dialect, alpha.auth, alpha.models, alpha.also) == (
        "openai_chat",
        "bearer",
        ["a-1", "a-2"],
        ALPHA.also,
    )
    assert load("discover_providers: false", found=(FOUND_ALPHA,)).providers == {}


def test_a_listed_provider_is_not_added_a_second_time() -> None:
    own_name = load("providers: {mine: {row: alpha}}", found=(FOUND_ALPHA,))
    assert list(own_name.providers) == ["mine"]
    switched_off = load("providers: {alpha: {enabled: false}}", found=(FOUND_ALPHA,))
    assert [one.enabled for one in switched_off.providers.values()] == [False]
    other = load(
        "providers: {alpha: {dialect: openai_chat, base_url: 'http://127.0.0.1:1', row: local}}", found=(FOUND_ALPHA,)
    )
    assert other.providers["alpha"].base_url == "http://127.0.0.1:1"


def test_a_listed_provider_uses_the_environment_even_where_nothing_is_added() -> None:
    settings = load("discover_providers: false\nproviders: {alpha: }", found=(FOUND_ALPHA,))
    assert len(settings.providers["alpha"].credentials) == 2


def test_an_address_that_leads_back_to_the_gateway_is_not_adopted() -> None:
    circular = FoundRow(ALPHA, "http://localhost:8642/v1", (Secret("k"),))
    assert load("", found=(circular,)).providers == {}
    assert "leads back to this gateway" in refusal(
        "providers: {x: {dialect: openai_chat, base_url: 'http://127.0.0.1:8642/v1', auth: none}}"
    )


MOVED_BACK = msgspec.structs.replace(ALPHA, base_url="http://localhost:8642/v1", also={}, unmoved=ALPHA)


@pytest.mark.parametrize("text", ["", "providers: {alpha: }", "providers: {alpha: {api_key: k}}"])
def test_a_provider_whose_variable_leads_back_to_the_gateway_stays_where_it_is(text: str) -> None:
    stayed = FoundRow(ALPHA, ALPHA.base_url, (Secret(GOOD_KEY),))
    found = FoundRow(MOVED_BACK, MOVED_BACK.base_url, (Secret(GOOD_KEY),), unmoved=stayed)
    alpha = load(text, found=(found,), rows={"alpha": MOVED_BACK}).providers["alpha"]
    assert (alpha.base_url, alpha.also, len(alpha.credentials)) == (ALPHA.base_url, ALPHA.also, 1)


@pytest.mark.parametrize("key", [GOOD_KEY, "-", "your-key-goes-here"])
def test_a_key_that_clients_show_to_the_gateway_is_never_shown_to_a_provider(key: str) -> None:
    stayed = FoundRow(ALPHA, ALPHA.base_url, (Secret(key),))
    found = FoundRow(MOVED_BACK, MOVED_BACK.base_url, (Secret(key),), unmoved=stayed)
    assert load(f"auth: {{keys: [{GOOD_KEY}]}}", found=(found,), rows={"alpha": MOVED_BACK}).providers == {}


def test_an_address_of_the_environment_that_makes_no_sense_is_told_by_its_variable() -> None:
    message = refusal("", found=(FoundRow(ALPHA, "http://host:many", (Secret("k"),)),))
    assert message == "test.yaml: ALPHA_BASE_URL: is not a URL that can be read"


def test_a_server_without_keys_needs_none_and_may_have_one() -> None:
    assert load("providers: {local: }").providers["local"].auth == "none"
    assert load("providers: {local: {api_key: k}}").providers["local"].auth == "bearer"
    found = load("", found=(FoundRow(LOCAL, LOCAL.base_url, (), "LOCAL_HOST"),)).providers["local"]
    assert (found.auth, found.credentials) == ("none", [])


def test_a_provider_without_a_row_gets_the_auth_of_its_dialect() -> None:
    text = "providers: {x: {dialect: anthropic_messages, base_url: 'http://127.0.0.1:1', api_key: k}}"
    assert load(text).providers["x"].auth == "x-api-key"


@pytest.mark.parametrize(
    ("provider", "mistake"),
    [
        (
            "alpa: {api_key: k}",
            "providers.alpa: the catalogue does not know 'alpa'. Did you mean 'alpha'? Give it a row",
        ),
        ("x: {row: alpa}", "providers.x.row: the catalogue has no row 'alpa'. Did you mean 'alpha'?"),
        ("x: {dialect: openai_chat}", "providers.x: the catalogue does not know 'x'"),
        ("x: {base_url: 'http://a'}", "providers.x: the catalogue does not know 'x'"),
        ("alpha: {}", "providers.alpha: has no key. Set ALPHA_API_KEY, write api_key: ${A_VARIABLE}"),
        ("x: {dialect: openai_chat, base_url: 'http://a'}", "providers.x: has no key. Write api_key"),
        (
            "nowhere: {api_key: k}",
            "providers.nowhere: nobody says where it is: give it a base_url (or set NOWHERE_URL)",
        ),
        ("alpha: {api_key: k, base_url: 'nonsense'}", "providers.alpha.base_url: must begin with http"),
        ("alpha: {api_key: k, also: {openai: 'http://a'}}", "providers.alpha.also.openai: is no dialect; known are"),
        ("alpha: {api_key: k, also: {openai_chat: a}}", "providers.alpha.also.openai_chat: must begin with http"),
        ("alpha: {api_key: k, models: ['']}", "providers.alpha.models[0]: is not the name of a model"),
        ("alpha: {api_key: k, headers: {Content-Length: x}}", "headers.Content-Length: is set by the gateway itself"),
        ("a/b: {row: alpha, api_key: k}", "providers.a/b: the name may have letters"),
        (
            "x: {dialect: anthropic_messages, base_url: 'http://a/v1', api_key: k}",
            "providers.x.base_url: must not end in /v1",
        ),
    ],
)
def test_what_cannot_work_is_told(provider: str, mistake: str) -> None:
    assert mistake in refusal(f"providers:\n  {provider}\n")


def test_every_dialect_has_a_way_of_its_own_to_show_a_key() -> None:
    assert set(DEFAULT_AUTH) == set(get_args(DialectName)) - {""}


def test_the_schemes_of_the_schema_are_those_that_can_be_done() -> None:
    assert set(get_args(AuthScheme)) - {""} == set(SCHEMES)


def test_what_is_shy_is_used_only_where_it_is_named() -> None:
    shy = FoundRow(msgspec.structs.replace(ALPHA, is_shy=True), ALPHA.base_url, (Secret("k"),))
    assert "alpha" not in load("", found=(shy,)).providers
    assert load("providers: {alpha: {}}", found=(shy,)).providers["alpha"].credentials[0].secret == Secret("k")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("https://me.openai.azure.com", "https://me.openai.azure.com/openai"),
        ("https://me.openai.azure.com/openai/v1/", "https://me.openai.azure.com/openai"),
        ("https://me.openai.azure.com/openai", "https://me.openai.azure.com/openai"),
        ("https://front.test/own", "https://front.test/own"),
    ],
)
def test_an_api_version_moves_a_provider_to_azures_older_paths(written: str, wanted: str) -> None:
    text = f"providers: {{alpha: {{api_key: k, base_url: '{written}', api_version: '2024-10-21'}}}}"
    alpha = load(text).providers["alpha"]
    assert (alpha.base_url, alpha.profile) == (wanted, {"api_version": "2024-10-21"})


def test_without_an_api_version_nothing_is_moved() -> None:
    alpha = load("providers: {alpha: {api_key: k, profile: {seed_field: random_seed}}}").providers["alpha"]
    assert (alpha.base_url, alpha.profile) == (ALPHA.base_url, {"seed_field": "random_seed"})


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("api_version: '2024/10'", "must be a version such as 2024-10-21"),
        ("api_version: '1', dialect: anthropic_messages", "is for the dialect openai_chat alone"),
    ],
)
def test_an_api_version_that_means_nothing_is_refused(entry: str, mistake: str) -> None:
    assert mistake in refusal(f"providers: {{alpha: {{api_key: k, {entry}}}}}")


def test_who_lends_keys_to_machines_is_said_where_one_is_missing() -> None:
    assert "or api_key: default if the machine is lent an identity" in refusal("providers: {future: {}}")
    lent = FoundRow(ROWS["future"], ROWS["future"].base_url, (Secret("default"),), "LENT_BY")
    (credential,) = load("providers: {future: {}}", found=(lent,)).providers["future"].credentials
    assert (credential.name, credential.secret) == ("LENT_BY", Secret("default"))


def test_who_is_in_a_region_needs_to_know_which() -> None:
    row = Row(
        "far", key_env=("K",), base_url_env=("FAR_URL",), places={"region": ["FAR_REGION", "R"], "project": ["P"]}
    )
    with pytest.raises(DragomanError, match=r"give it a base_url \(or set FAR_REGION and P, FAR_URL\)"):
        load("providers: {far: {api_key: k}}", rows={"far": row})
