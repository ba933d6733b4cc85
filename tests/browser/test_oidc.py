"""Signing in through an identity provider: the button, the way over another site, and the role at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_context
from tests.browser.world import World, running_world
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider

CONFIG = """
console:
  oidc:
    issuer: {issuer}
    client_id: {client_id}
    client_secret: "{secret}"
    public_url: http://127.0.0.1:1
    title: Example Inc.
    roles:
      map:
        operators: admin
        staff: viewer
"""


class Site(NamedTuple):
    """A gateway and who vouches for people."""

    world: World
    provider: Provider


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_provider() as provider:
        more = CONFIG.format(issuer=provider.issuer, client_id=CLIENT_ID, secret=CLIENT_SECRET)
        with running_world(tmp_path_factory.mktemp("oidc"), more=more) as world:
            provider.gateway_url = world.url
            provider.now = int(time.time())
            yield Site(world, provider)


@pytest.fixture
def stranger(browser: Browser, site: Site) -> Iterator[Page]:
    context = open_context(browser, site.world.url)
    yield context.new_page()
    context.close()


def test_the_button_leads_over_the_provider_into_the_console(stranger: Page, site: Site) -> None:
    site.provider.claims["groups"] = ["operators"]
    stranger.goto("/console/")
    stranger.get_by_role("link", name="Sign in with Example Inc.").click()
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.get_by_text("oidc:ada@example.org").first.wait_for()
    assert "code=" not in stranger.url
    assert [cookie["name"] for cookie in stranger.context.cookies()] == ["dragoman_session"]


def test_a_viewer_may_look_and_change_nothing(stranger: Page, site: Site) -> None:
    site.provider.claims["groups"] = ["staff"]
    stranger.goto("/console/")
    stranger.get_by_role("link", name="Sign in with Example Inc.").click()
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.goto("/console/local-models")
    expect(stranger.get_by_role("button", name="Fetch").first).to_be_disabled()


def test_who_has_no_role_is_told_so_and_stays_outside(stranger: Page, site: Site) -> None:
    site.provider.claims["groups"] = ["guests"]
    stranger.goto("/console/")
    stranger.get_by_role("link", name="Sign in with Example Inc.").click()
    stranger.get_by_text("has no role for you").wait_for()
    stranger.get_by_role("link", name="to the console").click()
    stranger.get_by_role("heading", name="Sign in to Dragoman").wait_for()
