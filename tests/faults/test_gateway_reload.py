"""New settings for a gateway at work: by a signal or because the file changed, no stream is cut; a bad file changes nothing."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.e2e import raw
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import House, running_house, wait_until, write_providers
from tests.e2e.stories import Ask
from tests.faults.lateness import Watch
from tests.simulator import Fault

CROSSINGS = [(dialect, dialect) for dialect in raw.PATHS] + [("anthropic", "chat"), ("chat", "gemini")]
TEXT = "One word after the other, while everything changes around it."
HELD = Fault(pause_seconds=0.3)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("reload")) as house:
        yield house
        house.check_quiet()


def ask(house: House, model: str) -> raw.Answered:
    path, body = raw.address("chat", model, stream=False)
    return raw.ask(house.url, path, body)


def write(house: House, extra: str, url: str | None = None) -> None:
    house.gateway.config_path.write_text(write_providers(url or house.simulator.url, extra=extra))


def write_route(house: House, name: str) -> None:
    write(house, f"routes:\n  {name}: chat/m\n")


def serves(house: House, name: str) -> Callable[[], bool]:
    return lambda: ask(house, name).status == 200


async def follow_during(house: House, change: Callable[[], None]) -> list[Followed]:
    """A stream of each crossing; the change happens when all of them run."""

    def change_in_time() -> None:
        house.simulator.wait_for(lambda: len(house.simulator.in_flight) == len(CROSSINGS))
        change()

    thread = threading.Thread(target=change_in_time)
    thread.start()
    async with open_followers(house.url) as followers:
        ends = await asyncio.gather(*[followers[client](Ask(), f"{to}/held") for client, to in CROSSINGS])
    thread.join()
    return ends


def test_a_changed_file_is_taken_and_no_stream_is_cut(house: House) -> None:
    """Not even where the provider has moved to a place where nobody is."""
    house.simulator.script(TEXT, fault=HELD, model="held", times=None)
    is_moved: list[bool] = []

    def move() -> None:
        write(house, "routes:\n  moved: chat/m\n", url="http://127.0.0.1:9")
        is_moved.append(wait_until(lambda: ask(house, "moved").status == 502))
        assert house.simulator.in_flight

    ends = asyncio.run(follow_during(house, move))
    assert is_moved == [True]
    assert [(end.text, end.trouble) for end in ends] == [(TEXT, "")] * len(CROSSINGS)


def test_a_signal_takes_the_file_at_once_again_and_again(house: House) -> None:
    house.simulator.script(TEXT, fault=HELD, model="held", times=None)
    names = [f"name-{number}" for number in range(10)]
    seen: list[str] = []

    def rename() -> None:
        for name in names:
            write_route(house, name)
            with Watch(house.gateway) as watch:
                house.gateway.process.send_signal(signal.SIGHUP)
                is_seen = wait_until(serves(house, name))
            seen.extend([name] if is_seen and watch.passed < watch.most_late else [])

    ends = asyncio.run(follow_during(house, rename))
    assert seen == names
    assert ask(house, names[0]).status == 404  # gone with the file that named it
    assert [(end.text, end.trouble) for end in ends] == [(TEXT, "")] * len(CROSSINGS)


@pytest.mark.parametrize(
    "text",
    ["routes: [", "providers: {chat: {dialect: nonsense}}", "servr: {}", "routes: {x: nobody/m}", "\x00", "5"],
)
def test_a_bad_file_keeps_the_old_settings_and_says_why(text: str, house: House) -> None:
    write_route(house, "good")
    house.gateway.process.send_signal(signal.SIGHUP)
    assert wait_until(serves(house, "good"))
    house.gateway.config_path.write_text(text)
    house.gateway.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: "is not taken, the old one stays" in house.gateway.log)
    assert ask(house, "good").status == 200
    write_route(house, "better")
    house.gateway.process.send_signal(signal.SIGHUP)
    assert wait_until(serves(house, "better"))


def test_a_file_that_is_gone_keeps_the_old_settings(house: House) -> None:
    house.gateway.config_path.unlink()
    house.gateway.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: "is not taken, the old one stays" in house.gateway.log)
    assert ask(house, "chat/m").status == 200
