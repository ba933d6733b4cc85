"""The first page: what is wrong leads to where it is mended, what failed to its exchanges, and a name narrows all of it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.world import World


def count_of(page: Page, label: str) -> int:
    """A figure of the page, as a number."""
    figure = page.locator("dl div").filter(has=page.get_by_text(label, exact=True))
    return int(re.sub(r"\D", "", figure.locator("dd").first.inner_text()))


def open_overview(page: Page, question: str = "") -> Locator:
    """The page with its data; the lists of who spent it."""
    page.goto(f"/console/overview?minutes=15{question}")
    table = page.get_by_role("table", name="By model")
    table.wait_for()
    return table


def test_an_alarm_leads_to_the_page_where_it_is_mended_narrowed_to_it(page: Page, world: World) -> None:
    open_overview(page)
    page.get_by_role("link", name="Look at openai/team-").first.click()
    page.get_by_role("heading", name="Providers").wait_for()
    expect(page.get_by_label("Filter providers")).to_have_value("openai")
    expect(page.get_by_role("heading", name="anthropic")).to_have_count(0)
    page.get_by_label("Filter providers").fill("key-1 anthropic")
    page.get_by_role("heading", name="anthropic").wait_for()
    assert page.url.endswith("text=key-1+anthropic")
    page.get_by_label("Filter providers").fill("nobody at all")
    page.get_by_role("button", name="Show all of them").click()
    page.get_by_role("heading", name="openai").wait_for()


def test_what_failed_is_counted_by_reason_and_leads_to_its_exchanges(page: Page, world: World) -> None:
    open_overview(page)
    row = page.get_by_role("table", name="What failed").get_by_role("row").filter(has_text="google/gemini-2.5-flash")
    expect(row).to_contain_text("invalid_request")
    expect(row).to_contain_text("client")
    row.get_by_role("link", name="invalid_request").click()
    page.get_by_role("heading", name="Exchanges").wait_for()
    rows = page.get_by_role("row").filter(has_text="google/gemini-2.5-flash")
    expect(rows).to_have_count(1)
    assert "error=invalid_request" in page.url
    page.go_back()
    page.get_by_role("link", name=re.compile("of them")).click()
    page.get_by_role("heading", name="Exchanges").wait_for()
    assert "error=any" in page.url
    assert "minutes=15" in page.url


def test_a_name_narrows_the_page_and_the_address_keeps_it(page: Page, world: World) -> None:
    table = open_overview(page)
    everything = count_of(page, "Exchanges")
    table.get_by_role("link", name="google/gemini-2.5-flash").click()
    group = page.get_by_role("group", name="Narrowed to")
    group.wait_for()
    expect(table.get_by_role("row")).to_have_count(2)
    assert 0 < count_of(page, "Exchanges") < everything
    page.get_by_role("tab", name="By key").click()
    page.get_by_role("table", name="By key").get_by_role("link", name="lighthouse").click()
    expect(group.get_by_role("button")).to_have_count(2)
    page.reload()
    expect(group.get_by_role("button")).to_have_count(2)
    group.get_by_role("button", name="Not only the model google/gemini-2.5-flash").click()
    expect(group.get_by_role("button")).to_have_count(1)
    group.get_by_role("link", name="The exchanges").click()
    page.get_by_role("heading", name="Exchanges").wait_for()
    assert "principal=lighthouse" in page.url


def test_a_tag_narrows_it_as_far_as_its_sums_tell(page: Page, world: World) -> None:
    page.goto("/console/overview?minutes=15&tag=nightly")
    page.get_by_role("tab", name="By tag").click()
    expect(page.get_by_role("table", name="By tag")).to_contain_text("nightly")
    assert count_of(page, "Exchanges") > 0


def test_what_nobody_did_says_how_to_see_more(page: Page, world: World) -> None:
    page.goto("/console/overview?minutes=15&user=nobody")
    page.get_by_role("heading", name="Nothing was asked in this time").wait_for()
    expect(page.get_by_text("take away what it is narrowed to")).to_be_visible()


def test_filters_and_tabs_stay_when_a_page_is_loaded_again(page: Page, world: World) -> None:
    page.goto("/console/keys")
    page.get_by_label("Filter", exact=True).fill("night")
    expect(page.get_by_role("table", name="Keys").get_by_role("row")).to_have_count(2)
    page.reload()
    expect(page.get_by_label("Filter", exact=True)).to_have_value("night")
    expect(page.get_by_role("table", name="Keys").get_by_role("row")).to_have_count(2)
    page.get_by_role("tab", name="Teams").click()
    page.get_by_role("button", name="Show all of them").click()
    page.reload()
    expect(page.get_by_role("table", name="Teams")).to_contain_text("harbour")
    page.goto("/console/audit?text=pilot-boat")
    expect(page.get_by_role("table", name="Changes").get_by_role("row")).to_have_count(2)
