"""Providers and their keys: rests that are seen, and what can be done about them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.world import HELLO, World
from tests.e2e.gateway import CANARY
from tests.simulator import Fault


def find_row(page: Page, provider: str, key: str) -> Locator:
    return page.get_by_role("table", name=f"Keys of {provider}").get_by_role("row").filter(has_text=key)


def choose(page: Page, subject: str, command: str) -> None:
    page.get_by_role("button", name=f"Actions for {subject}").click()
    page.get_by_role("menuitem", name=command).click()


def test_a_key_that_is_refused_by_429_is_seen_resting_here_and_on_the_overview(page: Page, world: World) -> None:
    fault = Fault(status=429, retry_after_seconds=300)
    world.simulator.script(fault=fault, model="claude-haiku-4-5", times=2)
    world.ask("/v1/messages", {"model": "anthropic/claude-haiku-4-5", "max_tokens": 9, "messages": HELLO})
    page.goto("/console/providers")
    row = find_row(page, "anthropic", "key-1")
    expect(row).to_contain_text("claude-haiku-4-5")
    expect(row).to_contain_text("left")
    row.get_by_text("lately").click()
    expect(row.locator("details li").first).to_contain_text("claude-haiku-4-5")
    page.goto("/console/overview")
    expect(page.get_by_role("listitem").filter(has_text="anthropic/key-1")).to_contain_text("Key rests")


def test_what_is_left_of_a_keys_limits_is_shown(page: Page, world: World) -> None:
    world.chat("openai/gpt-5-mini")
    page.goto("/console/providers")
    table = page.get_by_role("table", name="Keys of openai")
    gauge = table.get_by_role("meter").first
    expect(gauge).to_be_visible()
    expect(table).to_contain_text(re.compile("tokens.*212.k of 2.M left"))


def test_a_paused_key_is_not_asked_until_it_is_resumed(page: Page, world: World) -> None:
    page.goto("/console/providers")
    choose(page, "openai team-blue", "Pause")
    expect(find_row(page, "openai", "team-blue")).to_contain_text("paused")
    world.forget()
    for _ in range(4):
        assert world.chat("openai/gpt-4.1").status == 200
    assert {record.key for record in world.simulator.journal} == {f"{CANARY}-green"}
    choose(page, "openai team-blue", "Resume")
    expect(find_row(page, "openai", "team-blue")).not_to_contain_text("paused")


def test_a_provider_with_all_its_keys_is_paused_and_others_go_on(page: Page, world: World) -> None:
    page.goto("/console/providers")
    page.get_by_role("button", name="More for openai").click()
    page.get_by_role("menuitem", name="Pause all keys…").click()
    page.get_by_role("button", name="Pause all keys", exact=True).click()
    for key in ("team-blue", "team-green"):
        expect(find_row(page, "openai", key)).to_contain_text("paused")
    world.forget()
    assert [world.chat("smart").status for _ in range(6)] == [200] * 6
    assert {record.model for record in world.simulator.journal} == {"claude-sonnet-4-6"}
    page.get_by_role("button", name="More for openai").click()
    page.get_by_role("menuitem", name="Resume all keys").click()
    for key in ("team-blue", "team-green"):
        expect(find_row(page, "openai", key)).not_to_contain_text("paused")


def test_a_probe_asks_the_provider_and_tells_what_it_said(page: Page, world: World) -> None:
    page.goto("/console/providers")
    choose(page, "google key-1", "Probe…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model").fill("gemini-2.5-pro")
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog.get_by_role("status")).to_contain_text("It answers")
    expect(dialog.get_by_role("status")).to_contain_text("google/gemini-2.5-pro")


def test_a_key_is_weighed(page: Page, world: World) -> None:
    page.goto("/console/providers")
    choose(page, "openai team-green", "Weigh…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Weight").fill("0")
    expect(dialog.get_by_role("button", name="Weigh")).to_be_disabled()
    dialog.get_by_label("Weight").fill("7.5")
    dialog.get_by_role("button", name="Weigh").click()
    expect(find_row(page, "openai", "team-green")).to_contain_text("7.5")


def test_a_provider_is_tried_out_added_asked_and_removed(page: Page, world: World) -> None:
    page.goto("/console/providers")
    page.get_by_role("button", name="Add a provider").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Provider").select_option("mistral")
    form.get_by_label("Name here").fill("second")
    form.get_by_label("Key").fill(f"{CANARY}-mistral")
    form.get_by_label("Address, if not its own").fill(f"{world.simulator.url}/v1")
    form.get_by_label("Model to try it with").fill("mistral-small")
    form.get_by_role("button", name="Try it out").click()
    expect(form.get_by_role("status")).to_contain_text("It answers")
    form.get_by_role("button", name="Review and add").click()
    expect(page.get_by_label("The file, line by line")).to_contain_text("+  second:")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("heading", name="second").wait_for()
    assert "# the second account" in world.gateway.config_path.read_text()
    assert world.chat("second/mistral-small").status == 200

    page.get_by_role("button", name="More for second").click()
    page.get_by_role("menuitem", name="Remove…").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="second")).to_have_count(0)
    assert world.chat("second/mistral-small").status == 404


def test_no_secret_of_a_provider_reaches_the_page(page: Page, world: World) -> None:
    told: list[str] = []
    page.on("response", lambda response: told.append(response.url))
    for path in ("providers", "settings", "routes"):
        page.goto(f"/console/{path}")
        page.get_by_role("heading").first.wait_for()
    page.get_by_role("tab", name="Edit as YAML").click()
    page.get_by_text("kept secret").first.wait_for()
    assert told
    assert CANARY not in page.content()
    assert CANARY not in str(world.admin("GET", "/config")) + str(world.admin("GET", "/providers"))


def test_a_key_is_added_to_a_pool_kept_sealed_and_forgotten(page: Page, world: World) -> None:
    page.goto("/console/providers")
    page.get_by_role("button", name="More for anthropic").click()
    page.get_by_role("menuitem", name="Add a key…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("spare")
    dialog.get_by_label("Key", exact=True).fill(f"{CANARY}-spare")
    dialog.get_by_role("button", name="Keep it").click()
    expect(find_row(page, "anthropic", "spare")).to_contain_text("ready")
    choose(page, "anthropic key-1", "Pause")
    expect(find_row(page, "anthropic", "key-1")).to_contain_text("paused")
    world.forget()
    assert world.chat("anthropic/claude-sonnet-4-6").status == 200
    assert [record.key for record in world.simulator.journal] == [f"{CANARY}-spare"]
    choose(page, "anthropic key-1", "Resume")
    choose(page, "anthropic spare", "Forget…")
    page.get_by_role("button", name="Forget", exact=True).click()
    expect(find_row(page, "anthropic", "spare")).to_have_count(0)
    assert CANARY not in world.gateway.config_path.parent.joinpath("gateway.log").read_text()
