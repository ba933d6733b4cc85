"""Local models and usage reports, as they are seen and steered."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.world import World


def test_a_model_that_is_not_here_shows_its_size_and_a_fetch_that_can_be_cancelled(page: Page, world: World) -> None:
    shelf = world.admin("GET", "/local-models")
    absent = next(model for model in shelf["items"] if not model["is_here"])
    fetch = {"name": absent["name"], "done_bytes": 250, "total_bytes": 1000, "state": "running", "message": ""}
    sent: list[str] = []

    def show_fetch(route: Route) -> None:
        items = [{**model, "fetch": fetch if model is absent and sent else None} for model in shelf["items"]]
        route.fulfill(json={**shelf, "items": items})

    def take(route: Route) -> None:
        sent.append(f"{route.request.method} {route.request.url.rsplit('/', 2)[-1]}")
        route.fulfill(status=202, json=absent)

    # The real fetch would ask a hub; what the page sends and shows is all that counts here.
    page.route("**/admin/api/local-models", show_fetch)
    page.route("**/admin/api/local-models/*/pull", take)
    page.goto("/console/local-models")
    page.get_by_role("button", name=f"Fetch {absent['name']}").click()
    meter = page.get_by_role("meter", name=f"Fetching {absent['name']}")
    expect(meter).to_have_attribute("aria-valuenow", "25")
    page.get_by_role("button", name=f"Cancel {absent['name']}").click()
    page.get_by_text("is no longer fetched").wait_for()
    assert sent == ["POST pull", "DELETE pull"]


def test_a_loaded_model_tells_its_speed_its_memory_and_its_queue(page: Page, world: World) -> None:
    shelf = world.admin("GET", "/local-models")
    first = shelf["items"][0]
    loaded = {
        "state": "running",
        "is_here": True,
        "busy": 1,
        "waiting": 3,
        "resident_bytes": 412_000_000,
        "written_tokens_per_second": 41.26,
        "read_tokens_per_second": None,
    }
    items = [{**first, **loaded}, *shelf["items"][1:]]
    page.route("**/admin/api/local-models", lambda route: route.fulfill(json={**shelf, "items": items}))
    page.goto("/console/local-models")
    facts = page.locator("dl").filter(has_text="Writes")
    expect(facts).to_have_count(1)
    told = re.sub(r"\s+", " ", facts.inner_text())
    assert "Writes 41.3 tok/s" in told
    assert "Reads –" in told
    assert "Memory held 412 MB" in told
    assert f"Queue 3 of {first['queue_limit']}" in told


def test_usage_is_grouped_drawn_linked_and_exported(page: Page, world: World) -> None:
    page.goto("/console/usage")
    page.get_by_label("By", exact=True).select_option("principal")
    table = page.get_by_role("table", name="Usage by principal")
    expect(table).to_contain_text("night-shift")
    expect(page.get_by_role("img", name=re.compile("Cost per day over time"))).to_be_visible()
    page.get_by_label("Team").fill("harbour")
    page.get_by_label("Team").press("Enter")
    expect(table).not_to_contain_text("lighthouse")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    exported = download.value.path().read_text()
    assert "night-shift" in exported
    assert "lighthouse" not in exported
    table.get_by_role("link", name="pilot-boat").click()
    page.get_by_role("heading", name="Exchanges").wait_for()
    assert "principal=pilot-boat" in page.url


def test_the_sums_of_the_pages_are_those_of_the_ledger(page: Page, world: World) -> None:
    totals = world.admin("GET", "/usage?by=model")["totals"]
    page.goto("/console/usage?by=model&days=7")
    last = page.get_by_role("row").last
    expect(last).to_contain_text("All")
    shown = re.sub(r"\s", "", last.get_by_role("cell").nth(2).inner_text())
    assert shown == str(totals["exchanges"])


def test_the_overview_is_live_while_traffic_goes_on(page: Page, world: World) -> None:
    page.goto("/console/overview")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    strip = page.get_by_label("Now")
    for _ in range(30):
        world.chat("fast")
    expect(strip.locator("dd").first).not_to_have_text("0")
    page.get_by_role("tab", name="By key").click()
    expect(page.get_by_role("table", name="By key")).to_contain_text("operator")


def test_a_gateway_that_was_not_asked_anything_says_what_to_do(page: Page, world: World) -> None:
    for path in ("routes", "keys", "teams", "providers"):
        page.route(f"**/admin/api/{path}", lambda route: route.fulfill(json={"items": []}))
    page.goto("/console/routes")
    page.get_by_role("heading", name="No route yet").wait_for()
    page.goto("/console/keys")
    page.get_by_role("button", name="Make the first key").wait_for()
    page.goto("/console/providers")
    page.get_by_role("heading", name="No provider yet").wait_for()


def test_an_error_says_what_happened_and_can_be_tried_again(page: Page, world: World) -> None:
    broken = {"error": {"kind": "internal", "message": "The ledger sleeps.", "path": "", "code": None}}
    page.route("**/admin/api/audit*", lambda route: route.fulfill(status=409, json=broken))
    page.goto("/console/audit")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The ledger sleeps.")
    page.unroute("**/admin/api/audit*")
    alert.get_by_role("button", name="Try again").click()
    page.get_by_text("key.create").first.wait_for()
