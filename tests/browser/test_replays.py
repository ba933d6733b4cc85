"""One exchange sent again to other models, and a changed route over all that was recorded."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.barriers import find_barriers
from tests.browser.world import ANSWER, World, send_lossy_stream
from tests.simulator import Fault, Say


def open_replay(page: Page, world: World) -> Locator:
    """The dialog of an exchange that was kept, and the providers' memory empty."""
    exchange = send_lossy_stream(world).headers["x-dragoman-exchange"]
    world.forget()
    page.goto(f"/console/exchanges/{exchange}")
    page.get_by_role("button", name="Replay against another model").click()
    return page.get_by_role("dialog")


def send(dialog: Locator, model: str) -> None:
    dialog.get_by_label("Model", exact=True).fill(model)
    dialog.get_by_role("button", name="Send it").click()


def test_answers_of_other_models_stand_beside_the_one_of_then_with_their_figures(page: Page, world: World) -> None:
    dialog = open_replay(page, world)
    expect(dialog.get_by_role("region", name="The answer of then")).to_contain_text(ANSWER)
    world.simulator.script(Say(parts=("Ask the gulls.",)), model="gemini-2.5-pro")
    send(dialog, "google/gemini-2.5-pro")
    expect(dialog.get_by_role("region", name="The answer of google/gemini-2.5-pro")).to_contain_text("Ask the gulls.")
    send(dialog, "smart")
    rows = dialog.get_by_role("table", name="Answers compared").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("openai/gpt-5-mini")
    for row in (rows.nth(1), rows.nth(2), rows.nth(3)):
        expect(row.get_by_role("cell").nth(5)).to_contain_text("$", timeout=60_000)
    expect(rows.nth(2)).to_contain_text("cost", timeout=60_000)
    assert find_barriers(page) == []
    asked = [(record.dialect, record.model) for record in world.simulator.journal]
    assert asked[0] == ("gemini", "gemini-2.5-pro")
    assert len(asked) == 2


def test_at_most_three_models_are_compared_and_each_can_be_taken_away(page: Page, world: World) -> None:
    dialog = open_replay(page, world)
    for model in ("fast", "smart", "quick"):
        send(dialog, model)
        expect(dialog.get_by_role("region", name=f"The answer of {model}")).to_contain_text(ANSWER)
    dialog.get_by_label("Model", exact=True).fill("openai/gpt-4.1")
    expect(dialog.get_by_role("button", name="Send it")).to_be_disabled()
    dialog.get_by_role("button", name="Take smart away").click()
    expect(dialog.get_by_role("button", name="Send it")).to_be_enabled()
    expect(dialog.get_by_role("region", name="The answer of smart")).to_have_count(0)


def test_a_replay_is_stopped_and_its_provider_too(page: Page, world: World) -> None:
    dialog = open_replay(page, world)
    world.simulator.script(Say(parts=("word " * 200,)), fault=Fault(pause_seconds=0.1), model="gpt-4.1")
    send(dialog, "openai/gpt-4.1")
    expect(dialog.get_by_role("region", name="The answer of openai/gpt-4.1")).to_contain_text("word word")
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog.get_by_role("table", name="Answers compared")).to_contain_text("stopped")
    world.simulator.wait_for(lambda: not world.simulator.in_flight)


def test_a_model_that_nobody_has_is_told_beside_the_answer_of_then(page: Page, world: World) -> None:
    dialog = open_replay(page, world)
    send(dialog, "nobody/nothing")
    expect(dialog.get_by_role("region", name="The answer of nobody/nothing").get_by_role("alert")).to_contain_text(
        "nobody"
    )
    expect(dialog.get_by_role("table", name="Answers compared")).to_contain_text("failed")


def open_what_if(page: Page, targets: str) -> Locator:
    page.goto("/console/routes")
    page.get_by_role("button", name="What if fast were different").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Targets").fill(targets)
    return dialog


def test_a_changed_route_is_tried_over_what_was_recorded_and_nobody_is_asked(page: Page, world: World) -> None:
    before = world.gateway.config_path.read_text()
    world.forget()
    dialog = open_what_if(page, "anthropic/claude-haiku-4-5\nopenai/gpt-5-mini")
    dialog.get_by_role("button", name="Try it over history").click()
    expect(dialog.get_by_role("status").filter(has_text="would have gone elsewhere")).to_be_visible()
    table = dialog.get_by_role("table", name="Where they would have gone")
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text("anthropic/claude-haiku-4-5")
    got, would = (int("".join(filter(str.isdigit, first.get_by_role("cell").nth(one).inner_text()))) for one in (1, 2))
    assert would > got
    expect(table.get_by_role("row").filter(has_text="openai/gpt-5-mini").get_by_role("cell").nth(2)).to_have_text("0")
    expect(dialog.get_by_text("Cost", exact=True).first).to_be_visible()
    assert find_barriers(page) == []
    assert (world.simulator.journal, world.gateway.config_path.read_text()) == ([], before)


def test_what_was_tried_can_be_reviewed_and_tried_again_there(page: Page, world: World) -> None:
    dialog = open_what_if(page, "google/gemini-2.5-flash")
    dialog.get_by_role("button", name="Review the change").click()
    expect(page.get_by_label("The file, line by line")).to_contain_text("google/gemini-2.5-flash")
    page.get_by_label("Over the last").select_option("100")
    page.get_by_role("button", name="Try it over history").click()
    expect(page.get_by_role("table", name="Where they would have gone")).to_contain_text("google/gemini-2.5-flash")


def test_what_leads_nowhere_is_said_and_nothing_is_tried(page: Page, world: World) -> None:
    dialog = open_what_if(page, "nobody/nothing")
    dialog.get_by_role("button", name="Try it over history").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nobody")
    dialog.get_by_role("textbox", name="Targets").fill("two words")
    expect(dialog.get_by_role("button", name="Try it over history")).to_be_disabled()


def test_a_long_trial_shows_that_it_works_and_is_given_up(page: Page, world: World) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)  # never answered: the gateway takes its time

    page.route("**/admin/api/config/replay", hold)
    dialog = open_what_if(page, "openai/gpt-4.1")
    dialog.get_by_role("button", name="Try it over history").click()
    expect(dialog.get_by_role("meter", name="Trying it")).to_be_visible()
    dialog.get_by_role("button", name="Cancel", exact=True).first.click()
    expect(dialog.get_by_role("button", name="Try it over history")).to_be_enabled()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    assert len(held) == 1
