"""One browser and one populated gateway for all tests of a module; each test is somebody who has signed in already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import NoBrowserError, Watch, open_context, running_browser
from tests.browser.world import World, populate, running_world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with ExitStack() as stack:
        try:
            running = stack.enter_context(running_browser())
        except NoBrowserError as reason:
            pytest.skip(str(reason))
        yield running


@pytest.fixture(scope="module")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("console")) as running:
        populate(running)
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file with the cookie that the printed link gave."""
    state: Path = tmp_path_factory.mktemp("state") / "cookies.json"
    context = open_context(browser, world.url)
    page = context.new_page()
    page.goto(world.link)
    page.get_by_role("heading", name="Overview").wait_for()
    context.storage_state(path=state)
    context.close()
    return str(state)


@pytest.fixture
def page(browser: Browser, world: World, signed_in: str) -> Iterator[Page]:
    """A page of somebody with the role of an admin; at the end it must not have said anything that only a bug says."""
    context = open_context(browser, world.url, state=signed_in)
    opened = context.new_page()
    watch = Watch(opened)
    yield opened
    context.close()
    assert watch.errors == []
