"""Which targets get their requests fitted, and by which rules."""

from __future__ import annotations

from pathlib import Path

import msgspec

from dragoman.adapt.context.rules import ContextRules
from dragoman.bootstrap.context import build_rules, find_largest
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.config.sections.context import ContextSettings
from dragoman.routing.target import FITTING
from dragoman.service.reshaping.fitting import ContextShaping
from dragoman.service.switchboard import Switchboard
from tests.unit.bootstrap.configured import write

CONFIG = """
discover_providers: false
%s
providers:
  mine: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", auth: none}
  small: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", auth: none, profile: {context_window: 4000}}
routes:
  plain: mine/gpt-4o
  own: {targets: small/m, aliases: [mine-too], context: {policy: larger}, fallback: {context_length: mine/gpt-4o}}
  without: {targets: small/m, context: {policy: none}}
  "any-*": {targets: "mine/*", context: {policy: drop_oldest}}
"""


def build(folder: Path, top: str = "") -> Switchboard:
    return build_switchboard(read_settings(write(folder, CONFIG % top), {}))


def shapings(board: Switchboard, name: str) -> tuple[str, ...]:
    (target,) = board.resolver.resolve(name).targets
    assert all(shaping in board.shapings for shaping in target.shapings)
    return tuple(shaping for shaping in target.shapings if shaping.startswith(FITTING))


def test_rules_are_the_settings() -> None:
    settings = ContextSettings(policy=["trim_results", "summarise"], keep_turns=3, summary_route="cheap")
    rules = build_rules(settings)
    assert rules.steps == ("trim_results", "summarise")
    for name in set(ContextRules.__struct_fields__) - {"steps"}:
        assert getattr(rules, name) == getattr(settings, name), name
    assert build_rules(ContextSettings()) == ContextRules()


def test_without_a_policy_no_target_is_fitted(tmp_path: Path) -> None:
    board = build(tmp_path)
    for name in ("plain", "without", "mine/gpt-4o"):
        assert shapings(board, name) == (), name
    assert shapings(board, "own") == shapings(board, "mine-too") == ("context:own",)


def test_a_policy_at_the_top_holds_for_all_but_those_with_one_of_their_own(tmp_path: Path) -> None:
    board = build(tmp_path, "context: {policy: error}")
    assert shapings(board, "plain") == ("context:plain",)
    assert shapings(board, "mine/gpt-4o") == ("context:",)
    assert shapings(board, "without") == ()
    assert shapings(board, "own") == ("context:own",)


def test_a_pattern_hands_its_rules_to_the_names_that_fit_it(tmp_path: Path) -> None:
    assert shapings(build(tmp_path), "any-thing") == ("context:any-*",)
    assert shapings(build(tmp_path, "context: {policy: error}"), "any-thing") == ("context:any-*",)


def test_the_largest_window_is_sought_among_all_who_may_be_asked(tmp_path: Path) -> None:
    board = build(tmp_path)
    route = board.resolver.resolve("own")
    assert route.targets[0].profile.context_window == 4_000
    assert find_largest(route) == 128_000
    (instead,) = next(iter(route.fallback.values()))
    assert instead.shapings == route.targets[0].shapings
    assert find_largest(msgspec.structs.replace(route, targets=(), fallback={})) == 0
    assert isinstance(board.shapings["context:own"], ContextShaping)
