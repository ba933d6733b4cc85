"""Addresses of Postgres: taken apart, judged, and shown without what is secret in them."""

from __future__ import annotations

import pytest

from dragoman.config.postgres_url import find_postgres_url_fault, parse_postgres_url, show_address
from dragoman.errors import DragomanError
from dragoman.model.secret import Secret


def test_every_part_gets_the_clients_word_for_it() -> None:
    url = Secret("postgres://ann:p%40ss%2Fword@db.example.org:5433/my%20ledger?sslmode=require")
    assert parse_postgres_url(url) == {
        "host": "db.example.org",
        "port": "5433",
        "user": "ann",
        "password": "p@ss/word",
        "dbname": "my ledger",
        "sslmode": "require",
    }


def test_what_is_left_out_is_left_to_the_client() -> None:
    assert parse_postgres_url(Secret("postgresql:///dragoman?host=/run/postgresql")) == {
        "dbname": "dragoman",
        "host": "/run/postgresql",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://ann:canary-1@host/db", "must begin with postgres://"),
        ("postgres://ann:canary-1@host", "name of a database"),
        ("postgres://ann:canary-1@host:0/db", "port 0"),
        ("postgres://ann:canary-1/x@host/db", "written as %XX"),
        ("postgres://ann:canary-1#x@host/db", "written as %XX"),
        ("postgres://ann:canary-1?x@host/db", "written as %XX"),
        ("postgres://ann@canary 1/db", "written as %XX"),
        ("postgres://ann:canary-1@host/db?Canary-1=2", "unknown name"),
    ],
)
def test_a_fault_is_told_without_the_address(url: str, expected: str) -> None:
    with pytest.raises(DragomanError) as failed:
        parse_postgres_url(Secret(url))
    assert expected in str(failed.value)
    assert "canary" not in str(failed.value).lower()
    assert failed.value.path == "ledger.url"


def test_people_see_where_it_is_and_no_secret() -> None:
    url = Secret("postgres://ann:canary-1@db:5433/ledger?password=canary-2")
    assert find_postgres_url_fault(url) == ""
    assert show_address(url) == "db:5433/ledger"
