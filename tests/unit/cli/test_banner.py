"""What the gateway says when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.banner import NO_PROVIDER, build_banner, build_url, select_example_model
from tests.unit.config.loading import FOUND_ALPHA, GOOD_KEY, load


def test_it_names_what_was_found_and_how_to_try_it() -> None:
    text = build_banner(load("providers: {local: }\nroutes: {smart: alpha/a-1}", found=(FOUND_ALPHA,)), Path("d.yaml"))
    assert "http://127.0.0.1:8642" in text
    assert "config     d.yaml\n" in text
    assert "providers  local (no key needed), alpha (2 keys)\n" in text
    assert "routes     smart\n" in text
    assert "clients    need no key, on this machine only" in text
    assert "curl http://127.0.0.1:8642/v1/chat/completions" in text
    assert '"model": "smart"' in text


def test_without_a_provider_it_tells_how_to_add_one() -> None:
    text = build_banner(load(""), None)
    assert NO_PROVIDER in text
    assert "curl" not in text
    assert "none; everything comes from the environment" in text


def test_where_only_a_small_model_answers_it_says_so(folder: Path) -> None:
    text = build_banner(read_settings(None, {"HOME": str(folder)}), None)
    assert '"model": "default"' in text
    assert "Nobody but a small model on this machine answers" in text
    assert "export OPENAI_API_KEY" in text
    assert "small model on this machine" not in build_banner(load("", found=(FOUND_ALPHA,)), None)


def test_with_keys_the_line_to_try_shows_one_by_its_variable() -> None:
    text = build_banner(load(f"auth: {{keys: [{GOOD_KEY}]}}", found=(FOUND_ALPHA,)), None)
    assert "must show one of 1 key\n" in text
    assert '-H "authorization: Bearer $DRAGOMAN_API_KEY"' in text
    assert GOOD_KEY not in text
    assert "found-1" not in text


def test_warnings_are_part_of_it() -> None:
    text = build_banner(load("providers: {alpha: {api_key: 'a,a'}}"), None)
    assert "note       alpha has the same key more than once" in text


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("{}", "http://127.0.0.1:8642"),
        ("{host: '::1', port: 9}", "http://[::1]:9"),
        ("{host: localhost, port: 0}", "http://localhost:PORT"),
        ("{host: 0.0.0.0}", "http://127.0.0.1:8642"),
        ("{host: '::'}", "http://[::1]:8642"),
        ("{host: 10.0.0.5}", "http://10.0.0.5:8642"),
    ],
)
def test_the_url_is_one_that_a_client_on_this_machine_can_use(server: str, url: str) -> None:
    assert build_url(load(f"server: {server}\nauth: {{keys: [{GOOD_KEY}]}}")) == url


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("", ""),
        ("providers: {alpha: {api_key: k, enabled: false}}", ""),
        ("providers: {alpha: {api_key: k}}", "alpha/a-1"),
        ("providers: {local: }", "local/MODEL"),
        ("providers: {local: , alpha: {api_key: k}}", "alpha/a-1"),
        ("providers: {local: }\nroutes: {r: local/x}", "r"),
    ],
)
def test_the_example_is_a_model_that_can_be_asked(text: str, model: str) -> None:
    assert select_example_model(load(text)) == model


def test_a_quote_in_a_name_does_not_break_the_line_to_try() -> None:
    text = build_banner(load('providers: {local: }\nroutes: {"it\'s": local/x}'), None)
    assert """'{"model": "it'"'"'s",""" in text
