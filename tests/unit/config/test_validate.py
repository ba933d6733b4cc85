"""The schema, enforced."""

from __future__ import annotations

import pytest
from msgspec import inspect

from dragoman.config.document import Node
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.config.validate import INVALID, Validator
from tests.unit.config.loading import load, refusal

MINE = "providers:\n  mine:\n    dialect: openai_chat\n    base_url: http://127.0.0.1:1/v1\n    api_key: abc\n"


def test_an_unknown_key_is_told_with_its_path_its_line_and_the_nearest_one() -> None:
    text = "server:\n  prt: 1\n"
    assert refusal(text) == "test.yaml: line 2, server.prt: there is no such setting. Did you mean 'port'?"


def test_where_no_key_is_near_all_are_listed() -> None:
    assert refusal("zzz: 1").endswith(f"Known here: {', '.join(Settings.__struct_fields__)}.")


def test_all_mistakes_are_told_at_once() -> None:
    text = "server: {port: many, hosst: x}\nlogging: {level: loud}\nroutes: {a: {policy: ordered}}\nauth: 5\n"
    message = refusal(text)
    assert message.startswith("test.yaml has 5 mistakes:")
    for path in ("server.port", "server.hosst", "logging.level", "routes.a", "auth"):
        assert f", {path}: " in message


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("server: {port: 70000}", "server.port: must be a whole number of at least 0 up to 65535"),
        ("server: {port: -1}", "server.port: must be a whole number"),
        ("server: {port: 1.0}", "server.port: must be a whole number"),
        ("server: {port: true}", "server.port: must be a whole number"),
        ("server: {port: '80'}", "server.port: must be a whole number"),
        ("server: {max_in_flight: 0}", "must be a whole number of at least 1"),
        ("server: {drain_seconds: 0}", "must be a number above 0 up to 86400"),
        ("server: {drain_seconds: .inf}", "put it in quotes"),
        ("server: {drain_seconds: 1.0e+999}", "must be a number"),
        ("server: {drain_seconds: true}", "must be a number"),
        ("server: {host: 5}", "server.host: must be text; put it in quotes"),
        ("server: {allowed_hosts: [a, 5]}", "server.allowed_hosts[1]: must be text"),
        ("server: [1]", "server: must be a mapping of settings"),
        ("providers: [1]", "providers: must be a mapping"),
        ("routes: {a: 5}", "routes.a.targets.target: must be text"),
        ("routes: {a: {}}", "routes.a: 'targets' is missing"),
        ("discover_providers: maybe", "discover_providers: must be true or false"),
        ("logging: {level: wrning}", "must be one of debug, error, info, warning. Did you mean 'warning'?"),
        ("auth: {keys: [{name: x}]}", "auth.keys[0]: 'secret' is missing"),
        ("auth: {keys: ['']}", "auth.keys[0].secret: is empty"),
        ('auth: {keys: ["abc\\ndef"]}', "auth.keys[0].secret: has characters that cannot stand in a header"),
        ("[1, 2]", "must be a mapping of settings"),
        ("just text", "must be a mapping of settings"),
    ],
)
def test_a_wrong_value_is_told_in_words(text: str, mistake: str) -> None:
    assert mistake in refusal(text)


def test_numbers_and_truth_values_may_come_out_of_variables() -> None:
    text = "server: {port: '${PORT}', drain_seconds: '${DRAIN}'}\ndiscover_providers: ${FIND}\n"
    settings = load(text, {"PORT": "99", "DRAIN": "1.5", "FIND": "No"})
    assert (settings.server.port, settings.server.drain_seconds, settings.discover_providers) == (99, 1.5, False)


@pytest.mark.parametrize("value", ["many", "", "1.5", "70000"])
def test_a_variable_with_a_wrong_number_is_refused_without_repeating_it(value: str) -> None:
    message = refusal("server: {port: '${PORT}'}", {"PORT": value})
    assert message == "test.yaml: line 1, server.port: must be a whole number of at least 0 up to 65535"


def test_what_is_left_out_of_a_providers_timeouts_is_as_at_the_top() -> None:
    text = "timeouts: {idle_seconds: 7, connect_seconds: 3}\n" + MINE + "    timeouts: {idle_seconds: 9}\n"
    settings = load(text + "routes: {r: {targets: mine/x, timeouts: {total_seconds: 8}}}")
    own = settings.providers["mine"].timeouts
    route = settings.routes["r"].timeouts
    assert own is not None
    assert route is not None
    assert (own.idle_seconds, own.connect_seconds, own.total_seconds) == (9, 3, 1200)
    assert (route.idle_seconds, route.connect_seconds, route.total_seconds) == (7, 3, 8)


def test_that_holds_whatever_stands_first_in_the_file() -> None:
    settings = load(MINE + "    timeouts: {idle_seconds: 9}\ntimeouts: {connect_seconds: 3}\n")
    own = settings.providers["mine"].timeouts
    assert own is not None
    assert own.connect_seconds == 3


def test_profile_overrides_are_checked_and_only_what_was_said_is_kept() -> None:
    settings = load(MINE + "    profile: {max_tokens_field: max_tokens, media: [image], max_output_tokens: 5}\n")
    assert settings.providers["mine"].profile == {
        "max_tokens_field": "max_tokens",
        "media": frozenset({"image"}),
        "max_output_tokens": 5,
    }
    message = refusal(MINE + "    profile: {max_token_field: x, tools: 3}\n")
    assert (
        "providers.mine.profile.max_token_field: there is no such setting. Did you mean 'max_tokens_field'?" in message
    )
    assert "providers.mine.profile.tools: must be true or false" in message


def test_nothing_stands_for_nothing_said() -> None:
    settings = load("server:\nproviders:\nroutes: ~\nauth: {keys: }\n")
    assert settings == Settings()


def test_a_single_item_stands_for_a_list_and_a_text_for_its_struct() -> None:
    settings = load(MINE + "    models: m\nroutes:\n  a: mine/x\n  b: [mine/y, {target: mine/z, weight: 2}]\n")
    assert settings.providers["mine"].models == ["m"]
    assert [one.target for one in settings.routes["a"].targets] == ["mine/x"]
    assert [(one.target, one.weight) for one in settings.routes["b"].targets] == [("mine/y", 1.0), ("mine/z", 2.0)]


def test_a_node_that_is_known_to_be_broken_is_not_complained_about_again() -> None:
    problems = Problems("x")
    assert Validator(problems).read(inspect.StrType(), Node(None, is_broken=True), "a") is INVALID
    assert not problems
