"""Routes: edited as a form and as YAML, compared before they take effect, explained."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.world import HELLO, World


def models_asked(world: World) -> list[str]:
    """What the provider was asked for since the last reset."""
    return [record.model for record in world.simulator.journal]


def test_an_edited_route_shows_its_difference_and_moves_the_traffic(page: Page, world: World) -> None:
    world.forget()
    world.chat("fast")
    assert models_asked(world) == ["gpt-5-mini"]
    page.goto("/console/routes")
    page.get_by_role("button", name="Edit fast").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Targets").fill("google/gemini-2.5-pro\nopenai/gpt-5-mini")
    form.get_by_role("button", name="Review the change").click()
    difference = page.get_by_label("The file, line by line")
    expect(difference).to_contain_text("google/gemini-2.5-pro")
    expect(page.get_by_role("table", name="The settings that change")).to_contain_text("routes.fast.targets[0].target")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("The change is in force.").wait_for()
    expect(page.get_by_role("table", name="Targets of fast")).to_contain_text("google/gemini-2.5-pro")
    world.forget()
    world.chat("fast")
    assert models_asked(world) == ["gemini-2.5-pro"]
    text = world.gateway.config_path.read_text()
    assert "# the everyday model" in text
    assert "aliases: [everyday]" in text


def test_a_new_route_answers_at_once_and_is_gone_when_it_is_removed(page: Page, world: World) -> None:
    page.goto("/console/routes")
    page.get_by_role("button", name="New route").click()
    page.get_by_label("Name", exact=True).fill("tide-table")
    page.get_by_role("textbox", name="Targets").fill("openai/gpt-4.1 weight 2")
    page.get_by_role("button", name="Review the change").click()
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("heading", name="tide-table").wait_for()
    assert world.chat("tide-table").status == 200
    page.get_by_role("button", name="Edit tide-table").click()
    page.get_by_role("button", name="Remove the route").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="tide-table")).to_have_count(0)
    assert world.chat("tide-table").status == 404


def test_conditions_are_edited_as_a_form_and_stay_when_something_else_is_changed(page: Page, world: World) -> None:
    page.goto("/console/routes")
    page.get_by_role("button", name="Edit quick").click()
    field = page.get_by_role("textbox", name="Targets")
    field.fill("google/gemini-2.5-pro min_tokens 5000\nopenai/gpt-5-mini tags nightly,batch\ngoogle/gemini-2.5-flash")
    page.get_by_role("button", name="Review the change").click()
    page.get_by_role("button", name="Apply").click()
    table = page.get_by_role("table", name="Targets of quick")
    expect(table.get_by_role("row").nth(1)).to_contain_text("only from 5000 tokens on")
    expect(table.get_by_role("row").nth(2)).to_contain_text("only tagged batch or nightly")
    page.get_by_role("button", name="Edit quick").click()
    expect(field).to_have_value(re.compile("min_tokens 5000\n.*tags nightly,batch\n"))
    page.get_by_label("Policy").select_option("ordered")
    page.get_by_role("button", name="Review the change").click()
    changes = page.get_by_role("table", name="The settings that change")
    expect(changes.get_by_role("row")).to_have_count(2)
    expect(changes).to_contain_text("routes.quick.policy")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("The change is in force.").first.wait_for()
    world.forget()
    world.ask("/v1/chat/completions", {"model": "quick", "messages": HELLO}, x_dragoman_tags="batch")
    world.chat("quick")
    assert models_asked(world) == ["gpt-5-mini", "gemini-2.5-flash"]


def test_what_is_no_target_is_said_before_it_is_sent(page: Page, world: World) -> None:
    page.goto("/console/routes")
    page.get_by_role("button", name="New route").click()
    page.get_by_label("Name", exact=True).fill("fast")
    page.get_by_text("There is a route of that name").wait_for()
    page.get_by_label("Name", exact=True).fill("other")
    page.get_by_role("textbox", name="Targets").fill("two words")
    page.get_by_text("is not a target").wait_for()
    expect(page.get_by_role("button", name="Review the change")).to_be_disabled()


def test_yaml_that_is_wrong_says_where_and_cannot_be_applied(page: Page, world: World) -> None:
    before = world.gateway.config_path.read_text()
    page.goto("/console/routes")
    page.get_by_role("tab", name="Edit as YAML").click()
    editor = page.get_by_label("Configuration", exact=True)
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nroutez: {}")
    page.get_by_role("button", name="Review the change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("routez")
    expect(dialog.get_by_role("button", name="Apply")).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Undo").click()
    assert world.gateway.config_path.read_text() == before


def test_a_change_made_meanwhile_is_not_undone_unseen(page: Page, world: World) -> None:
    page.goto("/console/settings")
    page.get_by_role("tab", name="Edit the file").click()
    page.get_by_label("Configuration", exact=True).click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# from the console\n")
    page.get_by_role("button", name="Review the change").click()
    path = world.gateway.config_path
    path.write_text(path.read_text() + "# from elsewhere\n")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("changed since")
    assert "# from the console" not in path.read_text()


def test_a_request_is_explained(page: Page, world: World) -> None:
    page.goto("/console/routes")
    page.get_by_role("tab", name="Explain a request").click()
    page.get_by_label("Model").fill("smart")
    page.get_by_label("In dialect").select_option("anthropic_messages")
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("heading", name="A request for smart").wait_for()
    expect(page.get_by_role("listitem").filter(has_text="anthropic/claude-sonnet-4-6").first).to_contain_text(
        "bytes through"
    )


def test_a_request_of_some_length_is_explained_as_one(page: Page, world: World) -> None:
    page.goto("/console/routes?tab=explain")
    page.get_by_label("Model").fill("fast")
    page.get_by_label("Tokens in it").fill("123456")
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("heading", name="A request for fast").wait_for()
    expect(page.get_by_text(re.compile("about 123.456 tokens"))).to_be_visible()


def test_the_settings_tell_where_each_comes_from(page: Page, world: World) -> None:
    page.goto("/console/settings")
    row = page.get_by_role("row").filter(has_text="server.port")
    expect(row).to_contain_text("DRAGOMAN_PORT")
    page.get_by_label("Show defaults too").check()
    page.get_by_label("Filter settings").fill("routing.max_attempts")
    expect(page.get_by_role("row").filter(has_text="routing.max_attempts")).to_contain_text("default")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export YAML").click()
    exported = download.value.path().read_text()
    assert "routes" in exported
    assert "canary" not in exported


def test_changes_appear_in_the_audit_log(page: Page, world: World) -> None:
    page.goto("/console/audit")
    page.get_by_text("key.create").first.wait_for()
    page.get_by_label("Search").fill("lighthouse")
    page.get_by_role("button", name="Search").click()
    table = page.get_by_role("table", name="Changes")
    expect(table.get_by_role("row").nth(1)).to_contain_text("lighthouse")
    entries = world.admin("GET", "/audit?text=lighthouse")["items"]
    expect(table.get_by_role("row")).to_have_count(len(entries) + 1)
    assert json.dumps(entries).count("canary") == 0
