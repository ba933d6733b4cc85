"""Requests whose head is wrong, slow or not allowed, and bodies that never come: refused in time, in the right words."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.faults.lateness import Watch

DIALECTS = list(raw.PATHS)
KEY = "gateway-key-5f0e9a77"
SETTINGS = f"""
auth:
  keys: ["{KEY}"]
routes:
  wise-model: chat/sim-large
"""
CARRIERS = {
    "authorization": f"Bearer {KEY}",
    "x-api-key": KEY,
    "x-goog-api-key": KEY,
    "api-key": KEY,
}
LIMIT_SECONDS = 1.0


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A gateway that asks for a key."""
    with running_house(tmp_path_factory.mktemp("heads"), extra=SETTINGS, slow_sender_seconds=LIMIT_SECONDS) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    assert KEY not in shared_house.gateway.log
    shared_house.check_quiet()


def ask(
    house: House, dialect: str, headers: dict[str, str], *, path: str | None = None, method: str = "POST"
) -> raw.Answered:
    return raw.ask(house.url, path or raw.PATHS[dialect], raw.small_request(dialect), headers, method)


def send_bytes(house: House, data: bytes) -> tuple[bytes, Watch]:
    """What comes back until the gateway closes, and how long that took."""
    place = ("127.0.0.1", house.gateway.port)
    with socket.create_connection(place, timeout=raw.TIMEOUT_SECONDS) as peer, Watch(house.gateway) as watch:
        peer.sendall(data)
        return raw.read_until_closed(peer), watch


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_key_is_taken_from_every_place_where_sdks_put_it(dialect: str, carrier: str, house: House) -> None:
    assert ask(house, dialect, {carrier: CARRIERS[carrier]}).status == 200
    assert KEY not in str(house.simulator.journal[-1])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_missing_and_a_wrong_key_are_refused_in_the_same_words(dialect: str, house: House) -> None:
    missing = ask(house, dialect, {})
    wrong = ask(house, dialect, {"authorization": f"Bearer {KEY[:-1]}x"})
    assert (missing.status, wrong.status) == (401, 401)
    assert missing.body == wrong.body
    assert "key" in raw.read_error(dialect, missing)
    assert house.simulator.journal == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_keys_are_refused_and_one_in_two_places_is_not(dialect: str, house: House) -> None:
    both = ask(house, dialect, {"x-api-key": KEY, "authorization": "Bearer another-key-123456"})
    assert (both.status, "Two different credentials" in raw.read_error(dialect, both)) == (400, True)
    assert ask(house, dialect, {"x-api-key": KEY, "authorization": f"Bearer {KEY}"}).status == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_foreign_host_or_page_is_refused(dialect: str, house: House) -> None:
    known = {"x-api-key": KEY}
    for foreign in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        answered = ask(house, dialect, {**known, **foreign})
        assert (answered.status, len(raw.read_error(dialect, answered)) > 10) == (403, True), foreign
    for own in ({"host": "localhost:1"}, {"origin": "http://localhost:5173"}):
        assert ask(house, dialect, {**known, **own}).status == 200, own


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_wrong_method_is_refused(dialect: str, house: House) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answered = ask(house, dialect, {"x-api-key": KEY}, method=method)
        assert (answered.status, "POST" in raw.read_error(dialect, answered)) == (405, True)


def test_an_unknown_path_is_refused(house: House) -> None:
    for path in ("/v1/chat/completion", "/v2/messages", "/etc/passwd", "/v1/../../etc", "/%00"):
        answered = ask(house, "chat", {"x-api-key": KEY}, path=path)
        assert (answered.status, len(raw.read_error("chat", answered)) > 10) == (404, True), path


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_unknown_model_is_refused_with_a_near_one(dialect: str, house: House) -> None:
    path = raw.PATHS[dialect].replace("gemini/sim-large", "wise-modl")
    body = raw.small_request(dialect).replace(f"{dialect}/sim-large".encode(), b"wise-modl")
    answered = raw.ask(house.url, path, body, {"x-api-key": KEY})
    assert (answered.status, "Did you mean wise-model" in raw.read_error(dialect, answered)) == (404, True)


def test_a_head_that_is_too_large_or_has_too_many_lines_is_refused(house: House) -> None:
    start = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n"
    before = house.gateway.resident_bytes
    for more in (b"x-large: " + b"y" * 300_000 + b"\r\n", b"x-many: y\r\n" * 3_000, b"x-large: " + b"y" * 5_000_000):
        try:
            answer, _ = send_bytes(house, start + more + b"\r\n{}")
        except ConnectionError:
            continue  # closed while we were still writing: refused all the same
        assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"", answer[:200]
    assert house.gateway.resident_bytes - before < 16 * 1024 * 1024
    assert house.simulator.journal == []


def test_what_is_no_http_is_refused(house: House) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HELLO\r\n\r\n", b"GET / HTTP/9.9\r\nfoo\r\n\r\n"):
        answer, _ = send_bytes(house, data)
        assert answer.startswith(b"HTTP/1.1 400 "), data


def test_two_lengths_in_one_head_are_refused(house: House) -> None:
    """A proxy on the way might believe the other one."""
    start = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-api-key: " + KEY.encode() + b"\r\n"
    for lengths in (
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"content-length: -1\r\n",
        b"content-length: 0x5\r\n",
    ):
        answer, _ = send_bytes(house, start + lengths + b"\r\n0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 "), (lengths, answer)


def test_a_slow_head_is_given_up_at_its_limit(house: House) -> None:
    answer, watch = send_bytes(house, b"POST /v1/messages HTTP/1.1\r\nhost: local")
    assert watch.is_due(watch.passed, LIMIT_SECONDS), (watch.passed, watch.most_late)
    assert answer.startswith(b"HTTP/1.1 408 ")
    silent, watch = send_bytes(house, b"")
    assert watch.passed < LIMIT_SECONDS + watch.most_late
    assert silent == b""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_slow_body_is_given_up_at_its_limit(dialect: str, house: House) -> None:
    head = f"POST {raw.PATHS[dialect]} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-length: 100\r\n\r\n{{"
    answer, watch = send_bytes(house, head.encode())
    assert watch.is_due(watch.passed, LIMIT_SECONDS), (watch.passed, watch.most_late)
    status, _, body = answer.partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 408 ")
    assert "did not arrive" in raw.read_error(dialect, raw.Answered(408, {}, body))
