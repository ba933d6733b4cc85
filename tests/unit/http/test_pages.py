"""What can be read with GET."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.http.head import Head
from dragoman.http.metrics_page import MetricsPage
from dragoman.http.pages import PageTable
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Target
from dragoman.service.principals import ANYBODY, Principal
from dragoman.service.scope import Scope
from dragoman.service.switchboard import Switchboard
from dragoman.telemetry.metrics import OVERFLOWS
from tests.unit.routing.house import make_pools, make_provider, make_route

ACME = make_provider("acme", models=("large",))
BOARD = Switchboard(Resolver([make_route(ACME)], [ACME], Target), make_pools(ACME), DIALECTS)
PLAIN, ANTHROPIC, GOOGLE = (
    Head(),
    Head(forwarded=((b"anthropic-version", b"2023-06-01"),)),
    Head(has_goog_header=True),
)


def read(path: str, head: Head = PLAIN, *, is_ready: bool = True) -> tuple[int, Any]:
    page = PageTable(DIALECTS, lambda: BOARD, lambda: is_ready).find(path, head)
    assert page is not None
    reply = page.write(ANYBODY)
    return reply.status, json.loads(reply.body)


def test_health_stays_while_readiness_flips() -> None:
    assert read("/healthz", is_ready=False)[0] == 200
    assert read("/readyz")[0] == 200
    assert read("/readyz", is_ready=False)[0] == 503


def test_models_are_listed_in_the_shape_of_whoever_asks() -> None:
    assert [card["id"] for card in read("/v1/models")[1]["data"]] == ["r", "acme/large"]
    assert read("/v1/models")[1]["object"] == "list"
    assert read("/openai/models")[1] == read("/openai/v1/models")[1] == read("/v1/models")[1]
    assert read("/v1/models", ANTHROPIC)[1]["data"][0]["type"] == "model"
    assert read("/v1/models", GOOGLE)[1]["models"][0]["name"] == "models/r"
    assert read("/v1beta/models")[1]["models"][1]["name"] == "models/acme/large"


def test_one_model_can_be_read_and_an_unknown_one_is_an_error() -> None:
    assert read("/v1/models/acme%2Flarge")[1]["id"] == "acme/large"
    assert read("/v1/models/acme/other")[1]["id"] == "acme/other"
    with pytest.raises(DragomanError, match="no model"):
        read("/v1/models/nobody")


@pytest.mark.parametrize(("path", "is_public"), [("/healthz", True), ("/", True), ("/v1/models", False)])
def test_only_signs_of_life_need_no_credential(path: str, is_public: bool) -> None:
    page = PageTable(DIALECTS, lambda: BOARD, lambda: True).find(path, PLAIN)
    assert page is not None
    assert page.is_public is is_public


def test_other_paths_have_no_page() -> None:
    assert PageTable(DIALECTS, lambda: BOARD, lambda: True).find("/v1/model", PLAIN) is None


@pytest.mark.parametrize("version", ["v4", "v3"])
def test_the_ai_sdk_reads_its_models_in_its_own_version(version: str) -> None:
    models = read(f"/{version}/ai/config")[1]["models"]
    assert [model["id"] for model in models] == ["r", "acme/large"]
    assert {model["specification"]["specificationVersion"] for model in models} == {version}


@pytest.mark.parametrize("path", ["/v1/credits", "/v1/generation", "/v1/report"])
def test_what_nobody_keeps_is_not_found_with_its_reason(path: str) -> None:
    with pytest.raises(DragomanError, match="This gateway") as caught:
        read(path)
    assert caught.value.status == 404


def test_metrics_are_shown_where_something_is_counted() -> None:
    table = PageTable(DIALECTS, lambda: BOARD, lambda: True)
    assert table.find("/metrics", PLAIN) is None
    table.metrics = MetricsPage(lambda: [(OVERFLOWS, [((), 3)])])
    page = table.find("/metrics", Head(accept=b"application/openmetrics-text"))
    assert page is not None
    assert not page.is_public
    assert page.write(ANYBODY).body.endswith(b"# EOF\n")
    table.metrics.is_public = True
    opened = table.find("/metrics", PLAIN)
    assert opened is not None
    assert opened.is_public


def test_metrics_concern_everybody_so_not_every_key_may_read_them() -> None:
    table = PageTable(DIALECTS, lambda: BOARD, lambda: True)
    table.metrics = MetricsPage(lambda: [(OVERFLOWS, [((), 3)])])
    page = table.find("/metrics", PLAIN)
    assert page is not None
    assert page.write(Principal("eye", "viewer")).status == 200
    with pytest.raises(DragomanError) as caught:
        page.write(Principal("ada", "member"))
    assert caught.value.status == 403


def test_a_key_sees_the_models_that_it_may_use() -> None:
    caller = Principal("ada", scope=Scope([("acme/*",)], []))
    for scope, count in ((("acme/*",), 1), (("other/*",), 0)):
        caller = Principal("ada", scope=Scope([scope], []))
        page = PageTable(DIALECTS, lambda: BOARD, lambda: True).find("/v1/models", PLAIN)
        assert page is not None
        listed = json.loads(page.write(caller).body)["data"]
        assert len([model for model in listed if model["id"].startswith("acme/")]) == count
