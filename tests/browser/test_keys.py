"""Keys and teams made, used, changed and revoked in the console."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.world import World


def open_keys(page: Page) -> None:
    page.goto("/console/keys")
    page.get_by_text("pilot-boat").first.wait_for()


def make_key(page: Page, name: str, **fields: str) -> str:
    """Fill the form in; the secret that is shown once."""
    open_keys(page)
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill(name)
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_test_id("secret").inner_text()
    page.get_by_role("button", name="I have it").click()
    return secret


def choose(page: Page, subject: str, command: str) -> None:
    """A command out of the menu of a row."""
    page.get_by_role("button", name=f"Actions for {subject}").click()
    page.get_by_role("menuitem", name=command).click()


def test_a_key_is_made_used_and_its_spend_is_seen(page: Page, world: World) -> None:
    secret = make_key(page, "night-watch", Requests_per_minute="600")
    assert secret.startswith("dgm_")
    assert page.content().count(secret) == 0
    answer = world.chat("openai/gpt-5-mini", secret)
    assert answer.status == 200
    row = page.get_by_role("row").filter(has_text="night-watch")
    expect(row).to_contain_text("600 requests/min")
    expect(row).to_contain_text("$0.000", timeout=60_000)
    page.goto("/console/exchanges?principal=night-watch")
    page.get_by_text("openai/gpt-5-mini").first.wait_for()


def test_a_budget_that_is_spent_refuses_and_shows_as_full(page: Page, world: World) -> None:
    secret = make_key(page, "small-purse", Budget_per_day="0.0000001")
    assert world.chat("openai/gpt-5-mini", secret).status == 402
    row = page.get_by_role("row").filter(has_text="small-purse")
    expect(row.get_by_role("meter")).to_be_visible()
    expect(row).to_contain_text("today")


def test_a_revoked_key_is_refused(page: Page, world: World) -> None:
    secret = make_key(page, "lost-at-sea")
    assert world.chat("openai/gpt-5-mini", secret).status == 200
    choose(page, "lost-at-sea", "Revoke…")
    page.get_by_role("button", name="Revoke", exact=True).click()
    row = page.get_by_role("row").filter(has_text="lost-at-sea")
    expect(row).to_contain_text("revoked")
    assert world.chat("openai/gpt-5-mini", secret).status == 401


def test_a_new_secret_takes_the_place_of_the_old_one(page: Page, world: World) -> None:
    old = make_key(page, "twice-told")
    choose(page, "twice-told", "New secret…")
    page.get_by_role("button", name="Make a new secret").click()
    new = page.get_by_test_id("secret").inner_text()
    assert [world.chat("fast", key).status for key in (old, new)] == [401, 200]


def test_what_of_a_key_is_changed_counts_at_once(page: Page, world: World) -> None:
    secret = make_key(page, "narrow-strait")
    choose(page, "narrow-strait", "Edit…")
    page.get_by_label("Models", exact=True).fill("smart")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="narrow-strait")
    expect(row).to_contain_text("models smart")
    assert world.chat("openai/gpt-5-mini", secret).status == 403
    assert world.chat("smart", secret).status == 200


def test_a_refusal_says_what_is_wrong_where_the_form_is(page: Page, world: World) -> None:
    open_keys(page)
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill("night-shift")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("night-shift")


def test_a_team_is_made_gets_a_key_and_is_not_removed_while_it_has_one(page: Page, world: World) -> None:
    open_keys(page)
    page.get_by_role("button", name="New team").click()
    page.get_by_label("Name", exact=True).fill("divers")
    page.get_by_label("per month, $").fill("12.5")
    page.get_by_role("button", name="Make the team").click()
    world.admin("POST", "/keys", {"name": "diver-one", "team": "divers"})
    page.get_by_role("tab", name="Teams").click()
    row = page.get_by_role("row").filter(has_text="divers")
    expect(row).to_contain_text("$12.50 this month")
    choose(page, "divers", "Remove…")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("still has keys").wait_for()
    expect(row).to_be_visible()


def test_escape_closes_a_dialog_and_nothing_is_made(page: Page, world: World) -> None:
    open_keys(page)
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill("never-was")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "never-was" not in [key["name"] for key in world.admin("GET", "/keys")["items"]]
