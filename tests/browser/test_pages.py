"""Every page, in light and dark, on a desk and on a phone: it arrives with its data, fits, and can be read by everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.barriers import find_barriers
from tests.browser.chromium import DESKTOP, PHONE, Colours, Watch, open_context
from tests.browser.places import PLACES, Place, open_place
from tests.browser.world import World

by_name = pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])


@by_name
@pytest.mark.parametrize("form", [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_a_page_fits_its_window_and_has_no_serious_barrier(
    place: Place, form: tuple[tuple[int, int], Colours], browser: Browser, world: World, signed_in: str
) -> None:
    context = open_context(browser, world.url, size=form[0], colours=form[1], state=signed_in)
    page = context.new_page()
    watch = Watch(page)
    open_place(page, world, place)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert find_barriers(page) == []
    context.close()
    assert watch.errors == []


def test_every_page_is_reached_from_every_other_by_its_name(page: Page, world: World) -> None:
    page.goto("/console/")
    for place in PLACES:
        if place.name == "exchange":
            continue
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=place.heading).click()
        page.get_by_role("heading", name=place.heading, exact=True).wait_for()
        assert page.title() == f"{place.heading} · Dragoman"


def test_a_keyboard_is_enough_to_reach_a_page_and_its_content(page: Page, world: World) -> None:
    page.goto("/console/overview")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    link = page.get_by_role("link", name="Providers")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Providers").wait_for()


def test_on_a_phone_the_menu_opens_and_closes_with_the_page_that_is_chosen(
    browser: Browser, world: World, signed_in: str
) -> None:
    context = open_context(browser, world.url, size=PHONE, state=signed_in)
    page = context.new_page()
    page.goto("/console/overview")
    navigation = page.get_by_role("navigation", name="Pages")
    page.get_by_role("button", name="Menu").click()
    navigation.get_by_role("link", name="Usage").click()
    page.get_by_role("heading", name="Usage").wait_for()
    navigation.wait_for(state="hidden")
    context.close()


def test_colours_follow_the_system_until_they_are_chosen(page: Page, world: World) -> None:
    page.goto("/console/overview")
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light colours").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    page.get_by_role("heading", name="Overview").wait_for()
    expect(root).to_have_attribute("data-theme", "light")


def test_an_address_that_leads_nowhere_says_where_to_go(page: Page, world: World) -> None:
    page.goto("/console/no-such-page")
    page.get_by_role("heading", name="There is no such page").wait_for()
