"""`dragoman check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.check import build_report, check
from tests.unit.config.loading import FOUND_ALPHA, GOOD_KEY, load

CANARY = "cAnArY-q7W2e9-uvKLxyz"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check, arguments, standalone_mode=False, catch_exceptions=False)


def test_a_sound_configuration_is_described(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{CANARY}a,{CANARY}b")
    monkeypatch.setenv("DRAGOMAN_API_KEY", f"{CANARY}-for-clients")
    (folder / "dragoman.yaml").write_text(
        "providers: {mine: {dialect: openai_chat, base_url: 'http://127.0.0.1:9/v1', api_key: '${OPENAI_API_KEY}',"
        " headers: {x-key: '${OPENAI_API_KEY}'}}}\nroutes: {r: [openai/gpt-4o, mine/m]}\n"
    )
    result = run()
    assert result.return_value == 0
    assert "config   dragoman.yaml" in result.stdout
    assert (
        "openai (2 keys): openai_chat at https://api.openai.com/v1 from OPENAI_API_KEY, OPENAI_API_KEY#2"
        in result.stdout
    )
    assert "r: openai/gpt-4o → mine/m" in result.stdout
    assert CANARY not in result.output
    assert "xyz" not in result.output.replace("****", "")


def test_all_mistakes_are_told_without_their_values(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", CANARY)
    path = folder / "own.yaml"
    path.write_text(
        f"server: {{port: '${{PORT}}', hots: 1}}\nlogging: {{level: {CANARY}}}\nauth: {{keys: {CANARY[:9]}}}\n"
    )
    result = run("--config", str(path))
    assert result.return_value == 1
    assert "own.yaml has 3 mistakes:" in result.stderr
    assert "line 1, server.hots" in result.stderr
    assert CANARY not in result.output


def test_a_file_that_is_missing_is_told() -> None:
    result = run("-c", "nothing.yaml")
    assert result.return_value == 1
    assert "error: There is no file nothing.yaml" in result.stderr


def test_an_empty_house_is_sound_but_warned_of(folder: Path) -> None:
    (folder / "dragoman.yaml").write_text("local: {enabled: false}\n")
    result = run()
    assert result.return_value == 0
    assert "warnings\n  No provider is configured" in result.stdout
    assert "providers" not in result.stdout


def test_the_report_tells_shares_aliases_and_what_is_switched_off() -> None:
    text = (
        "providers: {local: , asleep: {row: alpha, enabled: false}}\n"
        "routes:\n"
        "  r: {policy: weighted, aliases: [s], targets: [{target: local/a, weight: 3}, local/b]}\n"
    )
    report = build_report(load(text + f"auth: {{keys: [{GOOD_KEY}]}}", found=(FOUND_ALPHA,)), None)
    assert "  r, s: local/a (3) | local/b (1)" in report
    assert "  asleep: not enabled" in report
    assert "  local (no key needed): openai_chat at http://127.0.0.1:9000/v1" in report
    assert GOOD_KEY not in report
