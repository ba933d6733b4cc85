"""Where the gateway listens, and what it says where it cannot."""

from __future__ import annotations

import errno
import socket

import pytest

from dragoman.cli.failures import EXIT_WRONG, exit_code_of
from dragoman.errors import DragomanError
from dragoman.http.listeners import _explain, open_listeners


def refusal(host: str, port: int) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        open_listeners(host, port)
    assert exit_code_of(caught.value) == EXIT_WRONG
    return caught.value


def test_who_is_given_a_port_can_be_called_there_at_once() -> None:
    (listener,) = open_listeners("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname(), timeout=5):
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_that_was_just_given_back_can_be_had_again() -> None:
    (first,) = open_listeners("127.0.0.1", 0)
    address = first.getsockname()
    with first, socket.create_connection(address, timeout=5) as peer:
        accepted, _ = first.accept()
        accepted.close()
        assert peer.recv(1) == b""
    (second,) = open_listeners(*address)
    second.close()


def test_a_port_that_is_taken_is_named_with_the_way_to_another() -> None:
    (taken,) = open_listeners("127.0.0.1", 0)
    with taken:
        port = taken.getsockname()[1]
        message = str(refusal("127.0.0.1", port))
    assert f"Port {port} of 127.0.0.1 is in use" in message
    assert "--port " in message


def test_where_one_address_is_taken_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    (taken,) = open_listeners("127.0.0.1", 0)
    (free,) = open_listeners("127.0.0.1", 0)
    free_address = free.getsockname()
    free.close()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", one) for one in (free_address, taken.getsockname())]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with taken:
        refusal("both", 9)
    monkeypatch.undo()
    (again,) = open_listeners(*free_address)
    again.close()


def test_an_address_of_another_machine_is_told() -> None:
    assert "192.0.2.1 is no address of this machine" in str(refusal("192.0.2.1", 0))


def test_a_name_that_nobody_knows_is_told() -> None:
    assert "'no such host' is no address" in str(refusal("no such host", 0))


@pytest.mark.parametrize(
    ("number", "port", "words"),
    [
        (errno.EACCES, 80, "Port 80 of h wants rights that this process does not have. Choose a port above 1023"),
        (errno.EADDRINUSE, 8642, "--port 8643"),
        (errno.EADDRINUSE, 65535, "--port 8642"),
        (errno.EIO, 9, "Port 9 of h cannot be listened on: strange."),
    ],
)
def test_each_reason_has_its_words(number: int, port: int, words: str) -> None:
    assert words in str(_explain(OSError(number, "strange"), "h", port))
