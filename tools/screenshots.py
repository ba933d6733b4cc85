"""Writes docs/images/console-*.png again: every page of the console, and some dialogs, wide and narrow, light and dark.

What they show is real: a gateway that the tests' own traffic goes through, with the tests' simulator as its providers.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import DESKTOP, PHONE, Colours, NoBrowserError, open_context, running_browser
from tests.browser.places import PLACES, Place, open_place
from tests.browser.world import World, populate, running_world, send_lossy_stream, send_plain
from tests.simulator import Fault, Say, Text, Thinking

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZES = {"desktop": DESKTOP, "phone": PHONE}
COLOURS: tuple[Colours, ...] = ("light", "dark")
TRAFFIC_PAUSE_SECONDS = 0.6
WARM_SECONDS = 130.0
LIVE_MILLISECONDS = 9_000  # the overview shows what happened while it was open
SETTLE_MILLISECONDS = 700
REPLAYED = {
    "google/gemini-2.5-pro": "Downhill to the two lamps, then left. Follow the wall; the sea is the part that moves.",
    "anthropic/claude-haiku-4-5": "Down the hill, past the lamps, left along the wall.",
}
QUESTION = "Which way is the harbour, and how will I know it in the fog?"


def main() -> int:
    """All pictures."""
    try:
        with (
            running_browser() as browser,
            tempfile.TemporaryDirectory() as folder,
            running_world(Path(folder)) as world,
        ):
            keys = populate(world)
            with running_traffic(world, keys):
                take_all(browser, world, Path(folder) / "cookies.json")
    except NoBrowserError as reason:
        print(f"no pictures: {reason}")
        return 1
    return 0


@contextmanager
def running_traffic(world: World, keys: Mapping[str, str]) -> Iterator[None]:
    """Clients who go on asking, so that what is live has something to show."""
    stop = threading.Event()

    def ask_on() -> None:
        while not stop.wait(TRAFFIC_PAUSE_SECONDS):
            send_plain(world, keys)

    thread = threading.Thread(target=ask_on, name="traffic")
    thread.start()
    stop.wait(WARM_SECONDS)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def take_all(browser: Browser, world: World, state: Path) -> None:
    """Sign in once, then each page in each form."""
    FOLDER.mkdir(exist_ok=True)
    context = open_context(browser, world.url)
    page = context.new_page()
    page.goto(world.link)
    page.get_by_role("heading", name="Overview").wait_for()
    context.storage_state(path=state)
    context.close()
    for form, size in SIZES.items():
        for colours in COLOURS:
            context = open_context(browser, world.url, size=size, colours=colours, state=str(state))
            page = context.new_page()
            for place in PLACES:
                take(page, world, place, FOLDER / f"console-{place.name}-{form}-{colours}.png")
            for name, open_scene in SCENES.items():
                open_scene(page, world)
                page.screenshot(path=FOLDER / f"console-{name}-{form}-{colours}.png")
                print(f"console-{name}-{form}-{colours}.png")
            context.close()


def take(page: Page, world: World, place: Place, path: Path) -> None:
    """One picture of what fits into the window."""
    open_place(page, world, place)
    if place.name == "playground":
        compare_two(page, world)
    page.wait_for_timeout(
        LIVE_MILLISECONDS if place.name == "overview" else SETTLE_MILLISECONDS
    )  # for plots to be drawn
    page.screenshot(path=path)
    print(path.name)


def open_replay(page: Page, world: World) -> None:
    """One request sent again to two other models."""
    exchange = send_lossy_stream(world).headers["x-dragoman-exchange"]
    page.goto(f"/console/exchanges/{exchange}")
    page.get_by_role("button", name="Replay against another model").click()
    for model, words in REPLAYED.items():
        world.simulator.script(
            Say(parts=(Text(words),)), fault=Fault(pause_seconds=0.03), model=model.partition("/")[2]
        )
        page.get_by_label("Model", exact=True).fill(model)
        page.get_by_role("button", name="Send it").click()
        answered = page.get_by_role("region", name=f"The answer of {model}").get_by_text(words)
        answered.wait_for()
    for row in page.get_by_role("table", name="Answers compared").get_by_role("row").all()[1:]:
        row.get_by_text("$").wait_for()


def open_what_if(page: Page, _world: World) -> None:
    """A changed route, tried over all that was recorded until now."""
    page.goto("/console/routes")
    page.get_by_role("button", name="What if fast were different").click()
    page.get_by_role("textbox", name="Targets").fill("anthropic/claude-haiku-4-5\nopenai/gpt-5-mini")
    page.get_by_role("button", name="Try it over history").click()
    table = page.get_by_role("table", name="Where they would have gone")
    table.wait_for()
    table.scroll_into_view_if_needed()


SCENES = {"replay": open_replay, "what-if": open_what_if}
"""What is shown beside whole pages, in a dialog of its own."""


def compare_two(page: Page, world: World) -> None:
    """Two models that answer the same question."""
    words = "Down the hill and left along the wall. In fog, listen: the bell rings twice, and the water answers."
    world.simulator.script(
        Say(parts=(Thinking("Fog: sound carries, lamps do not."), Text(words))),
        fault=Fault(pause_seconds=0.05),
        model="claude-opus-4-8",
    )
    world.simulator.script(Say(parts=(Text(words),)), fault=Fault(pause_seconds=0.02), model="gpt-4.1")
    page.get_by_role("button", name="Compare with another").click()
    for number, model, dialect in (
        (1, "anthropic/claude-opus-4-8", "anthropic_messages"),
        (2, "openai/gpt-4.1", "openai_chat"),
    ):
        lane = page.get_by_role("region", name=f"Model {number}")
        lane.get_by_role("combobox", name="Model").fill(model)
        lane.get_by_label("Dialect").select_option(dialect)
    page.get_by_label("Message").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    for number in (1, 2):
        lane = page.get_by_role("region", name=f"Model {number}")
        lane.locator("dl").get_by_text("$").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


if __name__ == "__main__":
    sys.exit(main())
