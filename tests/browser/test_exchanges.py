"""The list of exchanges, live and searched, and one exchange with its time, cost, losses and decision."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.places import find_exchange
from tests.browser.world import World, send_lossy_stream
from tests.simulator import Fault


def test_an_exchange_of_a_translated_stream_tells_its_losses(page: Page, world: World) -> None:
    answer = send_lossy_stream(world)
    assert answer.status == 200
    losses = answer.headers["x-dragoman-losses"]
    exchange = answer.headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    page.get_by_role("heading", name="What the translation could not carry").wait_for()
    assert "dropped" in losses
    loss = page.get_by_role("listitem").filter(has_text="dropped")
    expect(loss).to_contain_text("Left out: the target has no place for it.")
    expect(loss).to_contain_text("sampling.top_k")
    expect(loss).to_contain_text("5")
    facts = page.locator("dl")
    expect(facts).to_contain_text("anthropic_messages")
    expect(facts).to_contain_text("openai_chat")
    expect(page.get_by_role("table", name="Tokens and cost")).to_contain_text("Input from a cache")


def test_each_attempt_stands_in_the_waterfall_with_its_key_and_its_end(page: Page, world: World) -> None:
    world.simulator.script(fault=Fault(status=500), model="gpt-5-mini", times=2)
    exchange = world.chat("fast").headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    attempts = page.get_by_role("listitem").filter(has_text="1. openai/gpt-5-mini")
    expect(attempts).to_contain_text(re.compile("with team-(blue|green)"))
    expect(attempts).to_contain_text("status 500")
    expect(page.get_by_role("listitem").filter(has_text="anthropic/claude-haiku-4-5").first).to_be_visible()
    expect(page.get_by_role("heading", name="How it would be decided now")).to_be_visible()


def test_a_new_exchange_appears_by_itself_and_opens(page: Page, world: World) -> None:
    page.goto("/console/exchanges?route=openai%2Fgpt-4.1")
    page.get_by_role("heading", name="Nothing matches").wait_for()
    world.chat("openai/gpt-4.1")
    row = page.get_by_role("row").filter(has_text="openai/gpt-4.1")
    expect(row).to_have_count(1)
    row.click()
    page.get_by_role("heading", name="Where the time went").wait_for()


def test_a_paused_list_stays_as_it_is(page: Page, world: World) -> None:
    page.goto("/console/exchanges?route=openai%2Fgpt-4o")
    page.get_by_role("button", name="Pause").click()
    world.chat("openai/gpt-4o")
    expect(page.get_by_role("link", name="Export CSV")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("row").filter(has_text="openai/gpt-4o")).to_have_count(1)


def test_the_list_is_searched_and_filtered(page: Page, world: World) -> None:
    page.goto("/console/exchanges")
    page.get_by_label("Search").fill("noor")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("night-shift")
    page.get_by_label("Outcome").select_option("failed")
    rows = page.get_by_role("row").filter(has_text="google/gemini-2.5-flash")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("invalid_request")
    assert "outcome=failed" in page.url
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Tag").fill("no-such-tag")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("heading", name="Nothing matches").wait_for()
    page.get_by_role("button", name="Show all exchanges").click()
    page.get_by_text("openai/gpt-5-mini").first.wait_for()


def test_times_are_local_and_tell_utc_on_hover(page: Page, world: World) -> None:
    page.goto("/console/exchanges")
    moment = page.locator("time").first
    expect(moment).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$"))


def test_an_exchange_is_copied_as_a_program(page: Page, world: World) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/console/exchanges/{find_exchange(world, route='fast')}")
    for language, word in (("curl", "curl '"), ("Python", "from "), ("TypeScript", "import ")):
        page.get_by_role("button", name="Copy as").click()
        page.get_by_role("menuitem", name=f"Copy as {language}").click()
        page.get_by_text(f"The {language} example is on the clipboard.").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(word)
        assert "fast" in copied


def test_an_exchange_that_nobody_knows_says_so(page: Page, world: World) -> None:
    page.goto("/console/exchanges/ex_nobody")
    page.get_by_role("alert").wait_for(timeout=60_000)


def test_the_list_is_exported(page: Page, world: World) -> None:
    page.goto("/console/exchanges?principal=night-shift")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) > 3
    assert all("night-shift" in line for line in lines[1:])


def test_what_was_said_stands_side_by_side(page: Page, world: World) -> None:
    exchange = send_lossy_stream(world).headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    asked = page.get_by_label("What the client asked")
    expect(asked).to_contain_text("top_k")
    sent = page.get_by_label("What the provider was asked")
    expect(sent).to_contain_text("stream_options")
    expect(sent).not_to_contain_text("top_k")
    page.get_by_role("tab", name="Answers").click()
    expect(page.get_by_label("What the provider answered")).to_contain_text("chat.completion.chunk")
    expect(page.get_by_label("What the client got")).to_contain_text("message_start")


def test_a_loss_leads_to_its_place_in_the_request(page: Page, world: World) -> None:
    exchange = send_lossy_stream(world).headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    page.get_by_role("tab", name="Answers").click()
    page.get_by_role("button", name="Show in the request: sampling.top_k").click()
    asked = page.get_by_label("What the client asked")
    expect(asked.locator(".cm-markedLine")).to_contain_text('"top_k": 5')
    expect(asked).to_be_focused()


def test_a_loss_of_what_was_not_kept_is_told_in_words_and_where_to_look(page: Page, world: World) -> None:
    secret = world.admin("POST", "/keys", {"name": "quiet-one"})["secret"]
    exchange = send_lossy_stream(world, secret).headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    expect(page.get_by_role("listitem").filter(has_text="dropped")).to_contain_text("Left out")
    expect(page.get_by_text("x-dragoman-losses")).to_be_visible()


def test_the_id_of_an_exchange_is_copied(page: Page, world: World) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    exchange = find_exchange(world, route="fast")
    page.goto(f"/console/exchanges/{exchange}")
    page.get_by_role("button", name="Copy the id").click()
    page.get_by_text("The id is on the clipboard.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == exchange


def test_what_a_list_is_narrowed_to_is_told_and_taken_away_one_by_one(page: Page, world: World) -> None:
    page.goto("/console/exchanges?provider=google&error=any&text=2.5")
    group = page.get_by_role("group", name="Narrowed to")
    group.get_by_role("button", name="Not only error any").click()
    expect(group.get_by_role("button")).to_have_count(1)
    assert "error" not in page.url
    page.reload()
    expect(group.get_by_role("button")).to_contain_text("google")
    expect(page.get_by_label("Search")).to_have_value("2.5")


def test_what_was_not_kept_says_how_it_would_be(page: Page, world: World) -> None:
    page.goto(f"/console/exchanges/{find_exchange(world, principal='night-shift')}")
    expect(page.get_by_text("Nothing is kept of what was said")).to_be_visible()
    expect(page.get_by_role("button", name="Replay against another model")).to_have_count(0)
