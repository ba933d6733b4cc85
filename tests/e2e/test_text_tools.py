"""Stories with tools and schemas, told by models that have neither, heard by every official SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from dragoman.adapt.tools.forms import FORMS
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import PARIS, ROME, STORIES, Story, tell
from tests.e2e.test_stories import CLIENTS

_LINE = '  told-{form}: {{{{dialect: openai_chat, base_url: "{{url}}/v1", api_key: "{{canary}}-chat", profile: {{{{tool_form: {form}, structured_output: false}}}}}}}}\n'
PROVIDERS = "".join(_LINE.format(form=form) for form in FORMS)
BY_NAME = {story.name: story for story in STORIES}


def retell(story: Story, form: str) -> Story:
    """The same story by a model that writes its calls."""
    calls = [(call.name, json.dumps(call.arguments)) for call in (PARIS, ROME)]
    return msgspec.structs.replace(story, say=tell(f"Let me look.\n{FORMS[form].write_calls(calls)}"))


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One gateway with a provider for each form."""
    with running_house(tmp_path_factory.mktemp("text-tools"), more_providers=PROVIDERS) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_calls_are_heard_although_they_were_only_written(client: str, form: str, way: str, house: House) -> None:
    story = retell(BY_NAME["parallel-tool-calls"], form)
    house.simulator.script(story.say)
    heard = getattr(CLIENTS[client], f"ask_{way}")(house.url, story.ask, f"told-{form}/sim-large")
    assert heard == story.heard
    assert house.simulator.complaints == []
    assert "tools" not in house.simulator.journal[0].json


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_results_of_tools_are_told(client: str, form: str, house: House) -> None:
    story = BY_NAME["tool-results"]
    house.simulator.script(story.say)
    heard = CLIENTS[client].ask_stream(house.url, story.ask, f"told-{form}/sim-large")
    assert heard == story.heard
    assert house.simulator.complaints == []
    sent = house.simulator.journal[0].json
    assert {message["role"] for message in sent["messages"]} <= {"system", "user", "assistant"}
    assert all(word in json.dumps(sent) for word in ("get_weather", "Paris", "Rome", "sunny", "rain"))


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", CLIENTS)
def test_json_by_a_schema_is_asked_for_until_it_is_right(client: str, way: str, house: House) -> None:
    story = BY_NAME["structured-output"]
    house.simulator.script(tell('{"name": "Ada", "age": "unknown"}'))
    house.simulator.script(tell('Sorry:\n```json\n{"name": "Ada", "age": 36,}\n```'))
    heard = getattr(CLIENTS[client], f"ask_{way}")(house.url, story.ask, "told-hermes/sim-large")
    usage = {"input_tokens": 2 * story.heard.input_tokens, "output_tokens": 2 * story.heard.output_tokens}
    assert heard == msgspec.structs.replace(story.heard, **usage)
    assert house.simulator.complaints == []
    assert len(house.simulator.journal) == 2
