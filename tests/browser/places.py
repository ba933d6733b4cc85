"""Every page of the console, with what shows that it has arrived with its data."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

from tests.browser.world import World


class Place(NamedTuple):
    """A page: its name, its path, its heading, and a text that only comes with the data."""

    name: str
    path: str
    heading: str
    token: str


PLACES = (
    Place("overview", "overview?minutes=15", "Overview", "Where it went"),
    Place("exchanges", "exchanges", "Exchanges", "openai/gpt-5-mini"),
    Place("exchange", "exchanges/{id}", "Exchange", "stream_options"),
    Place("playground", "playground", "Playground", "The answers of this model come here."),
    Place("providers", "providers", "Providers", "team-green"),
    Place("routes", "routes", "Routes", "everyday"),
    Place("keys", "keys", "Keys and teams", "pilot-boat"),
    Place("local-models", "local-models", "Local models", "local/"),
    Place("usage", "usage", "Usage", "Tokens out"),
    Place("settings", "settings", "Settings", "auth.keys"),
    Place("audit", "audit", "Audit log", "key.create"),
)


def open_place(page: Page, world: World, place: Place) -> None:
    """Go there, and wait until its data are shown."""
    path = place.path
    if "{id}" in path:
        path = path.format(id=find_exchange(world, principal="operator", text="dropped"))
    page.goto(f"/console/{path}")
    page.get_by_role("heading", name=place.heading, exact=True).wait_for()
    page.get_by_text(place.token).first.wait_for()


def find_exchange(world: World, **wanted: str) -> str:
    """The id of the newest exchange that is like what is wanted; a row arrives a moment after its exchange has ended."""
    question = "&".join(f"{name}={value}" for name, value in wanted.items())
    found: list[str] = []

    def look() -> bool:
        found[:] = [item["id"] for item in world.admin("GET", f"/exchanges?limit=1&{question}")["items"]]
        return bool(found)

    world.simulator.wait_for(look)
    return found[0]
