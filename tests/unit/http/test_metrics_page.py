"""The page of metrics speaks whichever text its reader prefers, and reads anew each time."""

from __future__ import annotations

from dragoman.http.metrics_page import MetricsPage
from dragoman.telemetry.metrics import OVERFLOWS, Reading
from tests.grammars.exposition import parse_exposition, read_sum


def test_plain_text_is_what_is_shown_to_those_who_ask_for_nothing() -> None:
    reply = MetricsPage(lambda: [(OVERFLOWS, [((), 3)])]).write(b"")
    assert (reply.status, reply.content_type) == (200, b"text/plain; version=0.0.4; charset=utf-8")
    assert read_sum(parse_exposition(reply.body)["dragoman_series_overflows_total"]) == 3


def test_openmetrics_is_shown_to_those_who_prefer_it() -> None:
    reply = MetricsPage(lambda: [(OVERFLOWS, [((), 3)])]).write(b"application/openmetrics-text;version=1.0.0")
    assert reply.content_type == b"application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert list(parse_exposition(reply.body, is_openmetrics=True)) == ["dragoman_series_overflows"]


def test_each_look_reads_anew() -> None:
    counts = iter((1, 2))

    def read() -> list[Reading]:
        return [(OVERFLOWS, [((), next(counts))])]

    page = MetricsPage(read)
    assert page.write(b"").body != page.write(b"").body
