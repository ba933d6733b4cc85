"""Finds a Chromium and steers it through the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from dragoman.http.console_files import FOLDER

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
NO_CHROMIUM = "there is no Chromium here: `apt-get install chromium`, or `.venv/bin/playwright install chromium`"
NO_CONSOLE = "the console is not built: `make console` says what is in the way"

PATIENCE_MS = 60_000.0
"""Nothing is slower for it but a failure: a busy machine is none."""

DESKTOP = (1366, 900)
PHONE = (390, 844)

Colours = Literal["light", "dark"]


def find_chromium(playwright: Playwright) -> str | None:
    """The machine's own, else the one that Playwright has installed."""
    own = next((path for path in map(shutil.which, NAMES) if path), None)
    brought = playwright.chromium.executable_path
    return own or (brought if Path(brought).exists() else None)


class NoBrowserError(Exception):
    """The console cannot be opened here; the message says why."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser without a window; raises NoBrowserError where there is none."""
    if not (FOLDER / "index.html").exists():
        raise NoBrowserError(NO_CONSOLE)
    with sync_playwright() as playwright:
        program = find_chromium(playwright)
        if program is None:
            raise NoBrowserError(NO_CHROMIUM)
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def open_context(
    browser: Browser, url: str, *, size: tuple[int, int] = DESKTOP, colours: Colours = "light", state: str | None = None
) -> BrowserContext:
    """A browser of somebody, with the cookies of `state`, a file."""
    width, height = size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce",
        storage_state=state,
        timezone_id="UTC",
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return context


class Watch:
    """What a page should not have said: errors that nobody caught, what its security policy has stopped."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused request is an answer like any other here; the page itself tells of it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)
