"""What wrk prints, and what it is given."""

from __future__ import annotations

import pytest

from bench.wrk import LoadError, Shot, build_script, parse_output

OUTPUT = """\
Running 2s test @ http://127.0.0.1:40789/v1/chat/completions
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.29ms    1.10ms  21.35ms   91.20%
    Req/Sec     9.81k   612.41    10.59k    85.00%
  Latency Distribution
     50%  940.00us
     75%    3.51ms
     90%    4.02ms
     99%    1.52s 
  19534 requests in 2.10s, 17.22MB read
Requests/sec:   9301.90
Transfer/sec:      8.20MB
"""  # noqa: W291 (wrk prints that blank)
SHOT = Shot(8642, "/v1/messages", b'{"a":"]]","b":"it\\u0027s"}', {"x-api-key": "sk-1"})


def test_a_report_gives_its_figures_in_seconds() -> None:
    load = parse_output(OUTPUT)
    assert (load.request_count, load.seconds, load.failure_count) == (19534, 2.10, 0)
    assert load.p50_seconds == pytest.approx(0.00094)
    assert load.p99_seconds == 1.52
    assert load.requests_per_second == pytest.approx(19534 / 2.10)


def test_refused_requests_and_broken_connections_are_failures() -> None:
    troubles = "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 500\n"
    assert parse_output(OUTPUT + troubles).failure_count == 510


def test_a_spread_of_the_mean_is_no_percentile() -> None:
    assert parse_output(OUTPUT.replace("     50%  940.00us\n", "")).p50_seconds == 0.0


def test_a_run_that_did_not_report_is_an_error_that_says_why() -> None:
    with pytest.raises(LoadError, match="unable to connect"):
        parse_output("unable to connect to 127.0.0.1:9 Connection refused\n")


def test_a_script_carries_the_body_as_it_is() -> None:
    assert f"wrk.body = [==[{SHOT.body.decode()}]==]" in build_script(SHOT).splitlines()


def test_an_index_is_apart_from_its_brackets_or_lua_would_read_one_long_text() -> None:
    script = build_script(SHOT)
    assert "wrk.headers[ [==[x-api-key]==] ] = [==[sk-1]==]" in script
    assert "[[==" not in script
