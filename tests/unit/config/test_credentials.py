"""Keys of the gateway and of its providers."""

from __future__ import annotations

import pytest

from dragoman.config.credentials import find_key_fault, split_secret
from dragoman.model.secret import Secret
from tests.unit.config.loading import FOUND_ALPHA, GOOD_KEY, load, refusal

MINE = "providers:\n  mine:\n    dialect: openai_chat\n    base_url: http://127.0.0.1:1/v1\n"


@pytest.mark.parametrize(
    "key",
    [
        "sh0rt",
        "123456789012345",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "changeme-changeme-changeme",
        "your-gateway-key-goes-here",
        "sk-example-000111222333",
        "sk-1234567890abcdefgh",
    ],
)
def test_a_key_that_could_be_guessed_is_refused(key: str) -> None:
    assert find_key_fault(key)
    message = refusal("auth: {keys: ['${KEY}']}", {"KEY": key})
    assert "auth.keys[0]" in message
    assert key not in message


def test_a_good_key_is_taken_and_gets_a_name() -> None:
    settings = load(
        "auth:\n  keys:\n    - ${A}\n    - {name: laptop, secret: '${B}'}\n", {"A": GOOD_KEY, "B": GOOD_KEY + "b"}
    )
    assert [(key.name, key.secret.reveal()) for key in settings.auth.keys] == [
        ("key-1", GOOD_KEY),
        ("laptop", GOOD_KEY + "b"),
    ]


def test_two_keys_with_one_name_or_one_text_are_refused() -> None:
    message = refusal(f"auth: {{keys: [{{name: a, secret: {GOOD_KEY}}}, {{name: a, secret: {GOOD_KEY}}}]}}")
    assert "auth.keys[1]: is the second key called 'a'" in message
    assert "auth.keys[1]: is the same key as one before it" in message


def test_the_keys_of_a_provider_may_be_short_and_are_split_at_commas() -> None:
    settings = load(MINE + "    api_key: ${KEYS}\n", {"KEYS": " one, two ,,three"})
    pool = settings.providers["mine"].credentials
    assert [(one.name, one.secret.reveal()) for one in pool] == [("key-1", "one"), ("key-2", "two"), ("key-3", "three")]
    assert settings.providers["mine"].api_key is None


def test_credentials_and_the_shorthand_add_up() -> None:
    settings = load(MINE + "    credentials: [{name: a, secret: x, weight: 3, models: [m]}, plain]\n    api_key: z\n")
    pool = settings.providers["mine"].credentials
    assert [(one.name, one.weight, one.models) for one in pool] == [
        ("a", 3.0, ["m"]),
        ("key-2", 1.0, None),
        ("key-3", 1.0, None),
    ]


def test_what_the_file_says_goes_before_what_the_environment_has() -> None:
    settings = load("providers: {alpha: {api_key: mine}}", found=(FOUND_ALPHA,))
    assert [one.secret.reveal() for one in settings.providers["alpha"].credentials] == ["mine"]


def test_keys_of_the_environment_are_named_after_their_variable() -> None:
    settings = load("providers: {alpha: }", found=(FOUND_ALPHA,))
    assert [one.name for one in settings.providers["alpha"].credentials] == ["ALPHA_API_KEY", "ALPHA_API_KEY#2"]


def test_faults_of_credentials_are_told_with_their_place() -> None:
    text = MINE + (
        "    credentials:\n"
        "      - {name: a, secret: x}\n"
        "      - {name: a, secret: y, base_url: nonsense, headers: {'bad name': v, Host: h}}\n"
    )
    message = refusal(text)
    assert "line 7, providers.mine.credentials[1]: is the second credential called 'a'" in message
    assert "providers.mine.credentials[1].base_url: must begin with http" in message
    assert "'bad name' is not the name of a header" in message
    assert "providers.mine.credentials[1].headers.Host: is set by the gateway itself" in message


def test_splitting_keeps_the_order_and_drops_the_empty() -> None:
    assert split_secret(Secret(",a,, b ,")) == [Secret("a"), Secret("b")]
