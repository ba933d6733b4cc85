"""`Idempotency-Key` against a running gateway: in every dialect, whole and streamed, the provider is asked once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.simulator import Fault

DIALECTS = tuple(raw.PATHS)


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("idempotency")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def ask(house: House, dialect: str, name: str, *, stream: bool = False, model: str = "chat/sim-large") -> raw.Answered:
    path, body = raw.address(dialect, model, stream=stream)
    return raw.ask(house.url, path, body, {"idempotency-key": name})


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_is_sent_again_gets_the_same_answer(dialect: str, stream: bool, house: House) -> None:
    name = f"again-{dialect}-{stream}"
    first = ask(house, dialect, name, stream=stream)
    second = ask(house, dialect, name, stream=stream)
    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["x-dragoman-replayed"] == "true"
    assert "x-dragoman-replayed" not in first.headers
    assert len(house.simulator.journal) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_request_under_the_name_is_refused_in_the_dialects_words(dialect: str, house: House) -> None:
    assert ask(house, dialect, f"other-{dialect}").status == 200
    refused = ask(house, dialect, f"other-{dialect}", model="anthropic/sim-large")
    assert refused.status == 422
    assert "Idempotency-Key" in raw.read_error(dialect, refused)
    assert len(house.simulator.journal) == 1


def test_fifty_at_once_are_one(house: House) -> None:
    house.simulator.set_default("Hello.", fault=Fault(delay_head_seconds=0.3))
    bodies: list[bytes] = []
    barrier = threading.Barrier(50)

    def work() -> None:
        barrier.wait(10.0)
        bodies.append(ask(house, "chat", "at-once").body)

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert len(bodies) == 50
    assert len(set(bodies)) == 1
    assert len(house.simulator.journal) == 1


@pytest.mark.parametrize(
    "fault", [Fault(status=529), Fault(stop="rst", after_event=2), Fault(status=529, error_after_event=3)]
)
def test_what_went_wrong_is_tried_again(fault: Fault, house: House) -> None:
    name = f"wrong-{fault.status}-{fault.stop}-{fault.error_after_event}"
    house.simulator.set_default("Hello there, wide world.", fault=fault)
    bad = ask(house, "chat", name, stream=True, model="anthropic/sim-large")
    assert bad.status >= 400 or b"error" in bad.body
    house.simulator.set_default("Hello there, wide world.")
    good = ask(house, "chat", name, stream=True, model="anthropic/sim-large")
    assert good.status == 200
    assert b"error" not in good.body
    outcomes = Counter(record.outcome for record in house.simulator.journal)
    assert outcomes["complete"] == 1
