"""Settings as rows, with where they come from."""

from __future__ import annotations

from dragoman.bootstrap.settings import parse_text
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.service.admin.settings_view import list_changes, list_settings

TEXT = """\
server: {port: 99}
providers:
  openai: {api_key: a-quite-long-secret-key}
routes:
  fast: openai/gpt-5-mini
"""
ENVIRONMENT = {"HOME": "/nowhere", "DRAGOMAN_LOG_LEVEL": "debug", "ANTHROPIC_API_KEY": "another-long-secret-key"}


def parse(text: str) -> tuple[Settings, Problems]:
    problems = Problems("x")
    return parse_text(text, ENVIRONMENT, problems), problems


def test_every_setting_tells_its_origin() -> None:
    settings, problems = parse(TEXT)
    rows = {one.path: one for one in list_settings(settings, problems.places)}
    assert (rows["server.port"].value, rows["server.port"].origin) == (99, "line 1")
    assert (rows["server.host"].value, rows["server.host"].origin) == ("127.0.0.1", "default")
    assert rows["logging.level"].origin == "DRAGOMAN_LOG_LEVEL"
    assert rows["providers.openai.base_url"].origin == "catalogue"
    assert rows["providers.anthropic.base_url"].origin == "environment"
    assert rows["routes.fast.targets[0].target"].value == "openai/gpt-5-mini"


def test_no_row_has_a_secret() -> None:
    settings, problems = parse(TEXT)
    rows = list_settings(settings, problems.places)
    assert "quite-long" not in str(rows)
    assert "another-long" not in str(rows)
    assert any("****" in str(one.value) for one in rows)


def test_changes_are_told_setting_by_setting() -> None:
    before, _ = parse(TEXT)
    after, _ = parse(TEXT.replace("99", "98") + "  slow: openai/o3\n")
    changes = {one.path: (one.before, one.after) for one in list_changes(before, after)}
    assert changes["server.port"] == (99, 98)
    assert changes["routes.slow.targets[0].target"] == (None, "openai/o3")
    assert all(path.startswith(("server.port", "routes.slow")) for path in changes)
    assert list_changes(before, before) == []
