"""A Postgres that is killed, stands still, has no room or is not there yet: every key is served as ever, no row is lost, and
all are there within five seconds of its return."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest

from dragoman.errors import DragomanError
from dragoman.ledger.postgres import PostgresStore
from dragoman.ledger.search import Search
from dragoman.model.secret import Secret
from tests.e2e import raw
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.keys import PRICES, add_key
from tests.faults.lateness import Watch
from tests.postgres import PASSWORD, USER, Postgres, running_postgres

KEY = "a-key-that-is-long-enough"
RECOVERY_SECONDS = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


class Site(NamedTuple):
    """A gateway whose ledger is in Postgres."""

    house: House
    url: Secret

    def ask(self, count: int) -> set[str]:
        """So many requests, all answered; their ids."""
        ids = set()
        for _ in range(count):
            body = raw.small_request("chat")
            answered = raw.ask(self.house.url, raw.PATHS["chat"], body, {"authorization": f"Bearer {KEY}"})
            assert answered.status == 200, answered
            ids.add(answered.headers["x-dragoman-exchange"])
        return ids

    def look(self, path: str) -> raw.Answered:
        """What an operator is told."""
        return raw.ask(self.house.url, path, None, {"authorization": f"Bearer {KEY}"}, "GET")

    def read_ids(self) -> set[str]:
        """What has arrived; nothing where there is nobody to ask."""
        with closing(PostgresStore(self.url, is_reader=True)) as store:
            try:
                return {row.id for row in store.search(Search(limit=1000), None).rows} if store.is_made() else set()
            except DragomanError:
                return set()

    def wait_for(self, ids: set[str]) -> None:
        """Exactly these arrive in time."""
        with Watch(self.house.gateway) as watch:
            assert wait_until(lambda: self.read_ids() >= ids)
        assert watch.passed < RECOVERY_SECONDS + watch.most_late
        assert self.read_ids() == ids
        self.house.check_quiet()
        assert PASSWORD not in self.house.gateway.log


@pytest.fixture
def url(server: Postgres) -> Secret:
    return server.take_database()


def open_site(stack: ExitStack, folder: Path, url: Secret) -> Site:
    extra = f"ledger: {{url: {url.reveal()!r}}}\nauth: {{keys: [{KEY}]}}\nbudgets: {{wait_seconds: 0.5}}\n{PRICES}"
    return Site(stack.enter_context(running_house(folder, extra=extra)), url)


def test_one_that_is_killed_under_traffic_takes_nothing_with_it(tmp_path: Path, server: Postgres, url: Secret) -> None:
    with ExitStack() as stack:
        site = open_site(stack, tmp_path, url)
        before = site.ask(20)
        site.wait_for(before)
        server.kill()
        during = site.ask(50)
        assert site.house.gateway.status_of("/readyz") == 200
        server.start()
        site.wait_for(before | during)
        assert site.house.gateway.log.count("cannot move rows to its store") <= 1


def test_one_that_stands_still_holds_nobody_up(tmp_path: Path, server: Postgres, url: Secret) -> None:
    with ExitStack() as stack:
        site = open_site(stack, tmp_path, url)
        before = site.ask(5)
        site.wait_for(before)
        with server.standing_still():
            during = site.ask(50)
        site.wait_for(before | during)


def test_one_that_comes_after_the_gateway_gets_everything(tmp_path: Path, server: Postgres, url: Secret) -> None:
    server.kill()
    with ExitStack() as stack:
        site = open_site(stack, tmp_path, url)
        ids = site.ask(50)
        server.start()
        site.wait_for(ids)


def test_a_key_whose_budget_cannot_be_read_is_asked_to_come_again(
    tmp_path: Path, server: Postgres, url: Secret
) -> None:
    server.kill()
    key = add_key(tmp_path, "ada", budgets={"total": 10**12})
    path, body = raw.address("chat", "chat/sim-large", stream=False)
    with ExitStack() as stack:
        site = open_site(stack, tmp_path, url)

        def ask() -> raw.Answered:
            return raw.ask(site.house.url, path, body, {"x-api-key": key})

        refused = ask()
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        site.ask(3)
        server.start()
        assert wait_until(lambda: ask().status == 200)


def test_one_without_a_free_connection_is_waited_for(tmp_path: Path, server: Postgres, url: Secret) -> None:
    server.kill()
    server.start(connections=4)
    with ExitStack() as stack:
        with ExitStack() as hogs:
            for _ in range(4):
                hogs.enter_context(server.connect("postgres"))
            site = open_site(stack, tmp_path, url)
            ids = site.ask(50)
            assert wait_until(lambda: "too many clients" in site.house.gateway.log)
        site.wait_for(ids)
    server.kill()
    server.start()


def test_operators_read_it_as_they_read_a_file(tmp_path: Path, server: Postgres, url: Secret) -> None:
    with ExitStack() as stack:
        site = open_site(stack, tmp_path, url)
        site.wait_for(site.ask(7))
        assert site.look("/admin/api/usage?by=model").json["totals"]["exchanges"] == 7
        assert len(site.look("/admin/api/exchanges?text=sim-large").json["items"]) == 7
        (line,) = json.loads(run_usage(tmp_path))
        assert line["exchanges"] == 7
        server.kill()
        assert site.look("/admin/api/usage").status == 503
        server.start()
        assert wait_until(lambda: site.look("/admin/api/overview").status == 200)
        assert PASSWORD not in site.look("/admin/api/config").body.decode()


def run_usage(folder: Path) -> str:
    """What `dragoman usage` prints."""
    command = [str(Path(sys.executable).with_name("dragoman")), "usage", "--json", "--config", "dragoman.yaml"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DRAGOMAN_DATA": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True, timeout=30)
    assert PASSWORD.encode() not in done.stdout + done.stderr
    return done.stdout.decode()


def test_what_a_killed_gateway_has_not_brought_is_brought_by_the_next(
    tmp_path: Path, server: Postgres, url: Secret
) -> None:
    with ExitStack() as first:
        site = open_site(first, tmp_path, url)
        before = site.ask(5)
        site.wait_for(before)
        server.kill()
        before |= site.ask(20)
        site.house.gateway.process.kill()
    server.start()
    with ExitStack() as second:
        site = open_site(second, tmp_path, url)
        site.wait_for(before)
    assert USER in url.reveal()
