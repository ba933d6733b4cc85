"""Dialogs: no serious barrier in any of them, Escape closes each, and the focus goes back to where it came from."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import find_barriers
from tests.browser.places import find_exchange
from tests.browser.world import World


class Opening(NamedTuple):
    """A dialog: the page, the button, the command of a menu that the button opens, if it opens one, and its heading."""

    path: str
    button: str
    heading: str
    command: str = ""


DIALOGS = (
    Opening("keys", "New key", "New key"),
    Opening("keys", "New team", "New team"),
    Opening("keys", "Actions for night-shift", "Edit night-shift", "Edit…"),
    Opening("keys", "Actions for night-shift", "Revoke night-shift?", "Revoke…"),
    Opening("providers", "Add a provider", "Add a provider"),
    Opening("providers", "Actions for openai team-green", "Probe openai team-green", "Probe…"),
    Opening("providers", "Actions for openai team-green", "Weigh openai team-green", "Weigh…"),
    Opening("providers", "More for anthropic", "Add a key to anthropic", "Add a key…"),
    Opening("routes", "New route", "New route"),
    Opening("routes", "Edit fast", "Edit fast"),
    Opening("routes", "What if fast were different", "What if: fast"),
    Opening("exchanges/{id}", "Replay against another model", "Replay against another model"),
)


@pytest.mark.parametrize("opening", DIALOGS, ids=[opening.heading for opening in DIALOGS])
def test_a_dialog_has_no_barrier_and_gives_the_focus_back(opening: Opening, page: Page, world: World) -> None:
    page.goto(f"/console/{opening.path.format(id=find_exchange(world, principal='operator', text='dropped'))}")
    button = page.get_by_role("button", name=opening.button, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    if opening.command:
        page.get_by_role("menuitem", name=opening.command).press("Enter")
    page.get_by_role("dialog").get_by_role("heading", name=opening.heading).wait_for()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_another_page_takes_the_focus_and_one_that_is_only_narrowed_does_not(page: Page, world: World) -> None:
    page.goto("/console/overview")
    page.get_by_role("link", name="Keys and teams").press("Enter")
    page.get_by_role("heading", name="Keys and teams").wait_for()
    expect(page.locator("main")).to_be_focused()
    field = page.get_by_label("Filter", exact=True)
    field.press_sequentially("night")
    expect(field).to_be_focused()
    expect(page.get_by_role("table", name="Keys").get_by_role("row")).to_have_count(2)
