"""What a worker has counted, as tokens a second."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from dragoman.engine import speed
from dragoman.engine.speed import Counts, Speed, Speedometer, parse_counts, read_counts

PAGE = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 120
llamacpp:prompt_seconds_total 0.5
llamacpp:tokens_predicted_total 60
llamacpp:tokens_predicted_seconds_total 2
llamacpp:n_decode_total nonsense
"""


def answer_once(path: Path, status: bytes, body: str) -> threading.Thread:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(1)

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            asked = connection.recv(4096)
            assert b"GET /metrics" in asked
            assert b"Bearer the-key" in asked
            head = b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body.encode())

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_the_counters_are_read_off_the_page() -> None:
    assert parse_counts(PAGE) == Counts(120, 0.5, 60, 2)
    assert parse_counts("llamacpp:prompt_tokens_total many\nelse 3\n") == Counts()


def test_the_speed_is_that_of_what_ended_since_the_last_look_and_stands_until_more_ends() -> None:
    meter = Speedometer()
    assert meter.note(7, Counts()) == Speed(None, None)
    assert meter.note(7, Counts(120, 0.5, 60, 2)) == Speed(240, 30)
    assert meter.note(7, Counts(120, 0.5, 60, 2)) == Speed(240, 30)
    assert meter.note(7, Counts(220, 1.5, 70, 3)) == Speed(100, 10)


def test_another_process_begins_anew() -> None:
    meter = Speedometer()
    meter.note(7, Counts(1000, 1, 1000, 10))
    assert meter.note(8, Counts(10, 1, 0, 0)) == Speed(10, None)


def test_a_worker_is_asked_with_its_key_and_one_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = answer_once(tmp_path / "a.sock", b"200 OK", PAGE)
    assert read_counts(str(tmp_path / "a.sock"), "the-key") == Counts(120, 0.5, 60, 2)
    served.join()
    refused = answer_once(tmp_path / "b.sock", b"501 Not Implemented", "")
    assert read_counts(str(tmp_path / "b.sock"), "the-key") is None
    refused.join()
    monkeypatch.setattr(speed, "LOOK_SECONDS", 0.01)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "c.sock"))
        silent.listen(1)
        assert read_counts(str(tmp_path / "c.sock"), "the-key") is None
    assert read_counts(str(tmp_path / "d.sock"), "the-key") is None
