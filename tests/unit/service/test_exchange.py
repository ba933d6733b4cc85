"""What an exchange knows of the agent that it belongs to."""

from __future__ import annotations

from dragoman.service.exchange import MAX_SESSION, read_session

NAME = b"x-claude-code-session-id"


def test_a_session_is_read_from_among_the_forwarded_headers() -> None:
    assert read_session(((b"anthropic-beta", b"x"), (NAME, b"s-1"), (b"x-claude-code-agent-id", b"a"))) == "s-1"
    assert read_session(((b"anthropic-beta", b"x"),)) == ""
    assert read_session(()) == ""


def test_any_bytes_will_do_but_not_any_number_of_them() -> None:
    assert read_session(((NAME, b"\xff" * 10_000),)) == "ÿ" * MAX_SESSION
