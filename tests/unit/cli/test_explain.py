"""`dragoman explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.explain import describe, describe_candidate, describe_key, explain
from dragoman.routing.explain import Candidate, KeyView
from dragoman.service.explain import Explanation

CANARY = "cAnArY-q7W2e9-uvKLxyz"
CONFIG = f"""
discover_providers: false
providers:
  seeing: {{dialect: anthropic_messages, base_url: "http://127.0.0.1:9", api_key: "{CANARY}a,{CANARY}b"}}
  blind: {{dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: {CANARY}, profile: {{media: []}}}}
routes:
  r: {{targets: [blind/m, seeing/m], fallback: {{context_length: seeing/long}}}}
"""
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


def run(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(explain, arguments, input=given, standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "dragoman.yaml"
    path.write_text(CONFIG)
    return path


def test_a_model_alone_shows_its_candidates_in_order(config: Path) -> None:
    result = run("-m", "r")
    assert result.stdout.splitlines() == [
        "r: ordered, asked in openai_chat; about 3 tokens",
        "  1. blind/m (bytes through)",
        "  2. seeing/m (translated to anthropic_messages)",
        "       key-1: ready",
        "       key-2: ready",
        "  after context_length: seeing/long",
        "  after too_large: seeing/long",
        "  at most 3 attempts",
    ]
    assert result.return_value == 0
    assert CANARY not in result.output


def test_a_body_shows_what_it_needs_and_whom_that_leaves_out(config: Path) -> None:
    body = json.dumps({"model": "r", "messages": [{"role": "user", "content": [IMAGE]}]}).encode()
    result = run("--body", "-", "--json", given=body)
    explained = json.loads(result.stdout)
    assert explained["needs"] == ["image"]
    assert [one["skipped"] for one in explained["candidates"]] == ["takes no image", ""]
    assert run("--body", "-", "-m", "seeing/other", given=body).stdout.startswith("seeing/other: ordered")


def test_a_model_of_a_dialect_that_names_it_in_the_path_is_found(config: Path) -> None:
    result = run("-m", "seeing/x", "--dialect", "gemini_generate")
    assert "1. seeing/x (translated to anthropic_messages)" in result.stdout


def test_without_a_model_and_a_body_there_is_nothing_to_explain(config: Path) -> None:
    with pytest.raises(Exception, match="Name a model"):
        run()


def test_rests_and_homes_are_told_in_words() -> None:
    assert describe_key(KeyView("k", is_home=True)) == "k: ready, where this conversation belongs"
    assert describe_key(KeyView("k", rest="own_limit", seconds=7.4)) == "k: own limit for 7 s"
    assert describe_key(KeyView("k", rest="other_models")) == "k: other models"
    skipped = Candidate("a/m", "x", is_passed_through=True, keys=[], skipped="no key is ready")
    assert describe_candidate(skipped) == "a/m (bytes through), skipped: no key is ready"
    explanation = Explanation("m", "x", "ordered", 0, [], [skipped], {}, 3)
    assert describe(explanation)[0] == "m: ordered, asked in x"


def test_conditions_a_second_attempt_and_a_mirror_are_told(config: Path) -> None:
    route = "[{target: blind/m, when: {tags: [batch]}}, seeing/m], hedge: {after_seconds: 2}, mirror: {to: blind/n}"
    config.write_text(CONFIG + f"  s: {{targets: {route}}}\n")
    lines = run("-m", "s").stdout.splitlines()
    assert lines[1] == "  1. blind/m (bytes through), skipped: only for tags batch"
    assert lines[-3:] == [
        "  a second one beside the first after 2 s without a word",
        "  shown to blind/n as well, afterwards",
        "  at most 3 attempts",
    ]


@pytest.mark.parametrize(
    ("target", "told"), [("blind/claude-3-haiku", "blind/claude-3-haiku"), ("blind/m", "nobody: no target's profile")]
)
def test_who_goes_on_with_a_stream_is_told(target: str, told: str, config: Path) -> None:
    config.write_text(CONFIG + f"  s: {{targets: [{target}], on_interruption: continue}}\n")
    assert f"a stream that breaks off is gone on with by {told}" in run("-m", "s").stdout
