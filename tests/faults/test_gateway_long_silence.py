"""Providers that think for long, before a load balancer that is impatient: a minute of silence, shortened by the settings.

Heartbeats keep the client's connection open where its dialect has any, no SDK stumbles over them, they are never taken
for progress of the provider, and a silent provider is replaced unseen even after some have gone out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from dragoman.config.schema import Settings
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import Ask
from tests.faults.impatient_proxy import running_impatient_proxy
from tests.faults.lateness import Watch
from tests.simulator import Fault, say

DIALECTS = ("chat", "responses", "anthropic", "gemini")
PATIENCE_SECONDS = 2.0
SILENCE_SECONDS = 5.0
LIMIT_SECONDS = 1.2
TEXT = "Hello from the one who could."
SILENCES = {
    "no-head": Fault(stop="stall"),
    "no-event": Fault(stop="stall", after_event=0),
    "only-pings": Fault(stop="stall", after_event=0, stall_ping_seconds=0.1),
}
SPARE = """
  spare: {{dialect: openai_chat, base_url: "{url}/v1", api_key: "{canary}-spare", timeouts: {{first_byte_seconds: 20, progress_seconds: 20}}}}
"""
ROUTES = "\n".join(
    [
        "routes:",
        *[
            f"  {dialect}-{name}: [{dialect}/{dialect}-{name}, spare/spare]"
            for dialect in DIALECTS
            for name in SILENCES
        ],
        *[
            f"  {dialect}-endless: {{targets: [{dialect}/{dialect}-endless], timeouts: {{total_seconds: {LIMIT_SECONDS}}}}}"
            for dialect in DIALECTS
        ],
        *[
            f"  {dialect}-thinking: {{targets: [{dialect}/sim-large], timeouts: "
            "{first_byte_seconds: 20, idle_seconds: 20, progress_seconds: 20}}"
            for dialect in DIALECTS
        ],
        "",
    ]
)


@pytest.fixture(scope="module", params=[0.3, 15.0], ids=["heartbeats", "no-heartbeats"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(
        tmp_path_factory.mktemp("silence"),
        extra=ROUTES,
        more_providers=SPARE,
        heartbeat_seconds=request.param,
        first_byte_seconds=LIMIT_SECONDS,
        progress_seconds=LIMIT_SECONDS,
    ) as running:
        yield running
        running.check_quiet()


def has_heartbeats(house: House) -> bool:
    return "heartbeat_seconds: 0.3" in house.gateway.config_path.read_text()


async def follow_all(url: str, models: list[tuple[str, str]]) -> list[Followed]:
    async with open_followers(url) as followers:
        return await asyncio.gather(*[followers[client](Ask("Well?"), model) for client, model in models])


def test_the_default_heartbeat_is_well_within_a_load_balancers_minute() -> None:
    assert Settings().server.heartbeat_seconds <= 15


@pytest.mark.parametrize(
    "fault", [Fault(delay_head_seconds=SILENCE_SECONDS), Fault(delay_body_seconds=SILENCE_SECONDS)]
)
def test_a_long_silence_is_outlived_behind_an_impatient_load_balancer(fault: Fault, house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(say(TEXT), fault=fault)
    models = [(client, f"{provider}-thinking") for client in DIALECTS for provider in DIALECTS]
    with running_impatient_proxy(house.gateway.port, PATIENCE_SECONDS) as proxy:
        ends = asyncio.run(follow_all(proxy.url, models)) if has_heartbeats(house) else []
        assert [(end.text, end.trouble) for end in ends] == [(TEXT, "")] * len(ends)
        assert proxy.cut == 0


@pytest.mark.parametrize("name", SILENCES)
def test_a_silent_provider_is_replaced_unseen_even_after_heartbeats(name: str, house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(say(TEXT))
    for dialect in DIALECTS:
        house.simulator.script(say("Not this."), fault=SILENCES[name], model=f"{dialect}-{name}", times=None)
    models = [(client, f"{provider}-{name}") for client in DIALECTS for provider in DIALECTS]
    ends = asyncio.run(follow_all(house.url, models))
    assert [(end.text, end.trouble) for end in ends] == [(TEXT, "")] * len(models)
    asked = [record.model for record in house.simulator.journal]
    assert (len(asked), asked.count("spare")) == (2 * len(models), len(models))


def test_all_of_an_answer_has_its_time_however_lively_it_is(house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(say(TEXT * 20), fault=Fault(pause_seconds=0.1))
    models = [(client, f"{provider}-endless") for client in DIALECTS for provider in DIALECTS]
    with Watch(house.gateway) as watch:
        ends = asyncio.run(follow_all(house.url, models))
    for end in ends:
        assert end.trouble
        assert (TEXT * 20).startswith(end.text)
        assert watch.is_due(end.ended - watch.begun, LIMIT_SECONDS), (end, watch.begun, watch.most_late)
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
