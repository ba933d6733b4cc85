"""Who gets in, how, and how long: the printed link, a key, the way out, and pages of other sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import open_context
from tests.browser.world import ADMIN_KEY, World, running_world
from tests.e2e.raw import Answered, ask


@pytest.fixture(scope="module")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Nothing was asked of this one, and its link is still good."""
    with running_world(tmp_path_factory.mktemp("door")) as running:
        yield running


@pytest.fixture
def stranger(browser: Browser, world: World) -> Iterator[Page]:
    """A page of somebody who is not signed in."""
    context = open_context(browser, world.url)
    yield context.new_page()
    context.close()


def sign_in(page: Page, key: str) -> None:
    page.goto("/console/")
    page.get_by_label("Or sign in with a key of the gateway").fill(key)
    page.get_by_role("button", name="Sign in").click()


def cookie_of(context: BrowserContext) -> str:
    cookies = context.cookies()
    assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [(True, "Strict")]
    return f"{cookies[0]['name']}={cookies[0]['value']}"


def ask_admin(world: World, method: str, path: str, **headers: str) -> Answered:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps({"model": "fast"}).encode() if method == "POST" else None
    return ask(world.url, f"/admin/api{path}", body, named, method)


def test_the_printed_link_signs_in_once(browser: Browser, world: World, stranger: Page) -> None:
    stranger.goto(world.link)
    stranger.get_by_role("heading", name="Overview").wait_for()
    assert "token" not in stranger.url
    other = open_context(browser, world.url)
    page = other.new_page()
    answer = page.goto(world.link)
    assert answer is not None
    assert answer.status == 401
    other.close()


def test_a_key_signs_in_and_a_wrong_one_does_not(stranger: Page, world: World) -> None:
    sign_in(stranger, "dgm_wrong")
    stranger.get_by_text("The gateway knows no such key with a role.").wait_for()
    sign_in(stranger, ADMIN_KEY)
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.get_by_text("operator").first.wait_for()


def test_a_key_that_signs_in_is_not_kept_in_the_browser(stranger: Page, world: World) -> None:
    sign_in(stranger, ADMIN_KEY)
    stranger.get_by_role("heading", name="Overview").wait_for()
    kept = stranger.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    assert ADMIN_KEY not in kept


def test_signing_out_makes_the_cookie_worthless_also_for_who_has_stolen_it(stranger: Page, world: World) -> None:
    sign_in(stranger, ADMIN_KEY)
    stranger.get_by_role("heading", name="Overview").wait_for()
    stolen = cookie_of(stranger.context)
    assert ask_admin(world, "GET", "/me", cookie=stolen).status == 200
    stranger.get_by_role("button", name="Sign out").click()
    stranger.get_by_role("heading", name="Sign in to Dragoman").wait_for()
    assert ask_admin(world, "GET", "/me", cookie=stolen).status == 401


def test_a_session_that_ends_shows_the_way_in_again(stranger: Page, world: World) -> None:
    sign_in(stranger, ADMIN_KEY)
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.context.clear_cookies()
    stranger.get_by_role("link", name="Providers").click()
    stranger.get_by_role("heading", name="Sign in to Dragoman").wait_for()


def test_a_page_of_another_site_cannot_change_anything_with_the_cookie(stranger: Page, world: World) -> None:
    sign_in(stranger, ADMIN_KEY)
    stranger.get_by_role("heading", name="Overview").wait_for()
    cookie, mark = cookie_of(stranger.context), {"x_dragoman_console": "1"}
    foreign = "https://elsewhere.example"
    assert ask_admin(world, "POST", "/routes/explain", cookie=cookie, origin=foreign, **mark).status == 403
    assert ask_admin(world, "GET", "/me", cookie=cookie, origin=foreign).status == 403
    assert ask_admin(world, "POST", "/routes/explain", cookie=cookie, origin=world.url).status == 403
    assert ask_admin(world, "POST", "/routes/explain", cookie=cookie, origin=world.url, **mark).status == 200


def test_the_page_forbids_whatever_is_not_its_own(stranger: Page, world: World) -> None:
    answer = stranger.goto("/console/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    stranger.reload()
    stranger.get_by_role("heading", name="Sign in to Dragoman").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(world.url)] == []


def test_what_is_built_holds_no_address_of_another_host() -> None:
    built = Path(__file__).resolve().parents[2] / "src" / "dragoman" / "console_files"
    page = (built / "index.html").read_text("utf-8")
    assert "<style" not in page
    assert "://" not in page
