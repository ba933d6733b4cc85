"""From a file and an environment to settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.config.load import MAX_FILE_BYTES, load_settings, select_config_path
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError
from tests.unit.config.loading import GOOD_KEY, load, refusal


def write(folder: Path, text: str, name: str = "dragoman.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()


def test_the_file_given_goes_before_the_one_named_before_the_one_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = Path("given.yaml")
    assert select_config_path(None, {}) is None
    write(tmp_path, "")
    assert select_config_path(None, {}) == Path("dragoman.yaml")
    assert select_config_path(None, {"DRAGOMAN_CONFIG": "named.yaml"}) == Path("named.yaml")
    assert select_config_path(given, {"DRAGOMAN_CONFIG": "named.yaml"}) == given


def test_a_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffserver: {port: 7}\n")
    assert load_settings(path, {}).server.port == 7


@pytest.mark.parametrize(
    ("content", "mistake"),
    [(b"\xff\xfe", "is not UTF-8 text"), (b"#" * (MAX_FILE_BYTES + 1), "is larger than")],
)
def test_a_file_that_cannot_be_text_is_refused(tmp_path: Path, content: bytes, mistake: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(DragomanError, match=mistake):
        load_settings(path, {})


def test_a_file_that_is_missing_or_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="There is no file"):
        load_settings(tmp_path / "nothing.yaml", {})
    with pytest.raises(DragomanError, match="cannot be read"):
        load_settings(tmp_path, {})


def test_the_environment_goes_before_the_file() -> None:
    environment = {"DRAGOMAN_HOST": "localhost", "DRAGOMAN_PORT": "99", "DRAGOMAN_LOG_LEVEL": "debug"}
    settings = load("server: {host: 127.0.0.2, port: 1, drain_seconds: 5}\nlogging:\n", environment)
    assert (settings.server.host, settings.server.port, settings.logging.level) == ("localhost", 99, "debug")
    assert settings.server.drain_seconds == 5


def test_an_empty_variable_says_nothing() -> None:
    assert load("server: {port: 1}", {"DRAGOMAN_PORT": ""}).server.port == 1


def test_a_mistake_in_a_variable_is_told_by_its_name() -> None:
    assert refusal("server: {port: 1}", {"DRAGOMAN_PORT": "x"}) == (
        "test.yaml: DRAGOMAN_PORT, server.port: must be a whole number of at least 0 up to 65535"
    )
    assert "DRAGOMAN_HOST, server.host: everyone" in refusal("", {"DRAGOMAN_HOST": "0.0.0.0"})
    assert "DRAGOMAN_API_KEY, auth.keys[0]: is shorter" in refusal("", {"DRAGOMAN_API_KEY": "short"})


@pytest.mark.parametrize("text", ["", "auth:", "auth: {keys: }", "auth: {}", "server: {port: 1}"])
def test_keys_of_the_environment_are_added(text: str) -> None:
    settings = load(text, {"DRAGOMAN_API_KEY": GOOD_KEY, "DRAGOMAN_API_KEYS": f"{GOOD_KEY}b, {GOOD_KEY}c,"})
    assert [(key.name, key.secret.reveal()) for key in settings.auth.keys] == [
        ("DRAGOMAN_API_KEY", GOOD_KEY),
        ("DRAGOMAN_API_KEYS", GOOD_KEY + "b"),
        ("DRAGOMAN_API_KEYS#2", GOOD_KEY + "c"),
    ]


@pytest.mark.parametrize("keys", [f"[{GOOD_KEY}]", GOOD_KEY, f"{{secret: {GOOD_KEY}}}"])
def test_they_stand_behind_those_of_the_file(keys: str) -> None:
    settings = load(f"auth: {{keys: {keys}}}", {"DRAGOMAN_API_KEY": GOOD_KEY + "b"})
    assert [key.name for key in settings.auth.keys] == ["key-1", "DRAGOMAN_API_KEY"]


@pytest.mark.parametrize("text", ["auth: 5", "server: [1]", "- 1", "server: ${NO}", "a: [", "auth: text"])
def test_a_file_with_something_else_in_those_places_is_told_and_nothing_breaks(text: str) -> None:
    refusal(text, {"DRAGOMAN_API_KEY": GOOD_KEY, "DRAGOMAN_PORT": "1"})
