"""Where routes lead, and what is told of those that lead nowhere."""

from __future__ import annotations

import pytest

from tests.unit.config.loading import FOUND_ALPHA, load, refusal

ALPHA = "providers: {alpha: {api_key: k}, asleep: {row: alpha, enabled: false}}\n"


@pytest.mark.parametrize(
    ("target", "mistake"),
    [
        ("alhpa/x", "there is no provider 'alhpa'. Did you mean 'alpha'?"),
        ("asleep/x", "the provider 'asleep' is not enabled"),
        ("a-1", "must be provider/model. Did you mean 'alpha/a-1'?"),
        ("alpha", "must be provider/model or a route. Did you mean 'alpha'?"),
        ("alpha/", "must be provider/model or a route."),
        ("/x", "there is no provider ''"),
        ("alpha/x-*", "has a * where the route's name has none"),
    ],
)
def test_a_target_that_leads_nowhere_is_told(target: str, mistake: str) -> None:
    message = refusal(ALPHA + f"routes:\n  r: [alpha/ok, {target}]\n  other: alpha/x\n")
    assert f"line 3, routes.r.targets[1]: {mistake}" in message


def test_a_route_may_lead_to_a_provider_that_only_the_environment_has() -> None:
    assert load("routes: {r: alpha/x}", found=(FOUND_ALPHA,)).routes["r"].targets[0].target == "alpha/x"


def test_a_models_name_may_have_slashes_of_its_own() -> None:
    assert load(ALPHA + "routes: {r: alpha/maker/model}").routes["r"].targets[0].target == "alpha/maker/model"


def test_a_route_without_targets_is_refused() -> None:
    assert "routes.r: has no targets" in refusal("routes: {r: {targets: []}}")


def test_an_alias_belongs_to_one_route_only() -> None:
    text = ALPHA + (
        "routes:\n"
        "  a: {targets: alpha/x, aliases: [b, c, a]}\n"
        "  b: {targets: alpha/x, aliases: [c]}\n"
        "  d: {targets: alpha/x, aliases: [e, e]}\n"
    )
    message = refusal(text)
    assert "routes.a.aliases[0]: 'b' already belongs to the route of that name" in message
    assert "routes.a.aliases[2]: 'a' already belongs to the route of that name" in message
    assert "routes.b.aliases[0]: 'c' already belongs to the route 'a'" in message
    assert "routes.d.aliases[1]: 'e' already belongs to the route 'd'" in message


@pytest.mark.parametrize("name", ["''", "' '", '"a\\tb"', "x" * 257])
def test_a_name_that_nobody_could_ask_for_is_refused(name: str) -> None:
    assert "the name is empty, too long, or has unprintable characters" in refusal(
        ALPHA + f"routes:\n  ? {name}\n  : alpha/x\n"
    )


# -- routes that lead to routes --------------------------------------------------------------------------------------


def targets_of(text: str, name: str = "r") -> list[tuple[str, float]]:
    return [(one.target, one.weight) for one in load(ALPHA + text).routes[name].targets]


def test_a_route_behind_a_route_gives_its_targets_a_share_of_its_weight() -> None:
    text = (
        "routes:\n"
        "  r: {targets: [{target: also-small, weight: 3}, alpha/x]}\n"
        "  small: {targets: [{target: alpha/a, weight: 2}, alpha/b], aliases: [also-small]}\n"
    )
    assert targets_of(text) == [("alpha/a", 2.0), ("alpha/b", 1.0), ("alpha/x", 1.0)]


@pytest.mark.parametrize(
    ("routes", "circle"),
    [
        ("{r: r}", "routes.r.targets[0]: leads in a circle: r → r"),
        ("{r: [alpha/x, s], s: t, t: r}", "routes.r.targets[1][0][0]: leads in a circle: r → s → t → r"),
        ("{r: {targets: s, aliases: [q]}, s: q}", "routes.s.targets[0][0]: leads in a circle: s → q → s"),
        ("{r: {targets: alpha/x, fallback: {timeout: r}}}", "routes.r.fallback.timeout[0]: leads in a circle: r → r"),
    ],
)
def test_routes_that_lead_in_a_circle_are_refused(routes: str, circle: str) -> None:
    assert circle in refusal(ALPHA + f"routes: {routes}")


def test_routes_that_multiply_without_end_are_refused() -> None:
    lines = [f"  r{level}: [{', '.join([f'r{level + 1}'] * 5)}]" for level in range(4)]
    text = ALPHA + "routes:\n" + "\n".join(lines) + "\n  r4: alpha/x\n"
    assert "routes.r0.targets: leads to more than 256 targets" in refusal(text)


def test_routes_behind_routes_behind_routes_come_to_an_end() -> None:
    lines = [f"  r{level}: [r{level + 1}, r{level + 1}]" for level in range(40)]
    text = ALPHA + "routes:\n" + "\n".join(lines) + "\n  r40: alpha/x\n"
    assert "leads through more than 6 routes" in refusal(text)


def test_a_fallback_is_resolved_like_any_target() -> None:
    text = "routes: {r: {targets: alpha/x, fallback: {context_length: large}}, large: alpha/long}"
    assert load(ALPHA + text).routes["r"].fallback.context_length[0].target == "alpha/long"
    assert "routes.r.fallback.timeout[0]: there is no provider 'beta'" in refusal(
        ALPHA + "routes: {r: {targets: alpha/x, fallback: {timeout: beta/x}}}"
    )


def test_a_pattern_has_one_star_and_may_pass_it_on() -> None:
    assert targets_of("routes: {'claude-*': 'alpha/claude-*'}", "claude-*") == [("alpha/claude-*", 1.0)]
    assert "may hold one * only" in refusal(ALPHA + "routes: {'*-*': alpha/x}")


@pytest.mark.parametrize(
    ("route", "mistake"),
    [
        ("{targets: [{target: alpha/x, when: {headers: {x-team: red}}}]}", "'x-team' is not read; it must begin with"),
        ("{targets: [{target: alpha/x, when: {min_tokens: 9, max_tokens: 8}}]}", "is less than min_tokens"),
        ("{targets: alpha/x, mirror: {to: r}}", "leads to the route itself"),
        ("{targets: alpha/x, mirror: {to: alhpa/y}}", "there is no provider 'alhpa'"),
        ("{targets: alpha/x, mirror: {to: alpha/y, share: 2}}", "routes.r.mirror.share"),
        ("{targets: alpha/x, hedge: {after_seconds: 0}}", "routes.r.hedge.after_seconds"),
    ],
)
def test_conditions_mirrors_and_hedges_are_checked(route: str, mistake: str) -> None:
    assert mistake in refusal(ALPHA + f"routes: {{r: {route}}}")


def test_a_condition_holds_for_all_targets_of_the_route_that_it_is_put_on() -> None:
    nested = "routes: {night: [alpha/x, alpha/y], r: [{target: night, when: {tags: [night]}}, alpha/z]}"
    targets = load(ALPHA + nested).routes["r"].targets
    assert [target.when.tags if target.when else None for target in targets] == [["night"], ["night"], None]
    both = nested.replace("alpha/y", "{target: alpha/y, when: {tags: [b]}}")
    assert "have conditions of their own" in refusal(ALPHA + both)


def test_a_mirror_may_be_another_route_or_a_target() -> None:
    loaded = load(ALPHA + "routes: {r: {targets: alpha/x, mirror: {to: other, share: 0.5}}, other: alpha/y}")
    mirror = loaded.routes["r"].mirror
    assert mirror is not None
    assert (mirror.to, mirror.share) == ("other", 0.5)
