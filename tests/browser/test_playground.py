"""The playground: any dialect, streams, pictures, tools, schemas, thinking, several models side by side, the bytes."""

from __future__ import annotations

import base64
import json

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.world import ANSWER, World
from tests.e2e.stories import PIXEL
from tests.simulator import Fault, Say, Text, Thinking, ToolCall

LABELS = ("OpenAI Chat", "OpenAI Responses", "Anthropic Messages", "Gemini")


def open_playground(page: Page, model: str, label: str = "OpenAI Chat") -> Locator:
    """The first lane, set to a model and a dialect."""
    page.goto("/console/playground")
    lane = page.get_by_role("region", name="Model 1")
    set_lane(lane, model, label)
    return lane


def set_lane(lane: Locator, model: str, label: str = "OpenAI Chat") -> None:
    lane.get_by_role("combobox", name="Model").fill(model)
    lane.get_by_label("Dialect").select_option(label=label)


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_model_answers_in_every_dialect_and_remembers_the_turn_before(page: Page, world: World) -> None:
    for label in LABELS:
        lane = open_playground(page, "anthropic/claude-sonnet-4-6", label)
        world.forget()
        say(page, "Where is the harbour?")
        expect(lane).to_contain_text(ANSWER)
        expect(lane.get_by_role("button", name="Bytes")).to_be_visible()
        say(page, "And the lamps?")
        expect(lane.get_by_text(ANSWER)).to_have_count(2)
        sent = world.simulator.journal[-1].body.decode()
        for word in ("Where is the harbour?", ANSWER, "And the lamps?"):
            assert word in sent, label


def test_two_models_are_compared_with_time_speed_and_cost(page: Page, world: World) -> None:
    slow = Fault(delay_head_seconds=0.3)
    world.simulator.script(Say(parts=("From the slow one.",)), fault=slow, model="gpt-5.5")
    world.simulator.script(Say(parts=("From the quick one.",)), model="claude-haiku-4-5")
    first = open_playground(page, "openai/gpt-5.5")
    page.get_by_role("button", name="Compare with another").click()
    second = page.get_by_role("region", name="Model 2")
    set_lane(second, "anthropic/claude-haiku-4-5", "Anthropic Messages")
    say(page, "Who are you?")
    expect(first).to_contain_text("From the slow one.")
    expect(second).to_contain_text("From the quick one.")
    for lane in (first, second):
        figures = lane.locator("dl")
        expect(figures).to_contain_text("first token")
        expect(figures.get_by_text("$")).to_be_visible(timeout=60_000)
    assert seconds_of(first) > 0.3 > seconds_of(second)


def seconds_of(lane: Locator) -> float:
    """The time to the first token, as it is shown."""
    number, unit = lane.locator("dl dd").first.inner_text().split()
    return float(number) * {"ms": 0.001, "s": 1.0}[unit]


def test_there_are_at_most_four_lanes_and_each_but_the_last_can_go(page: Page, world: World) -> None:
    open_playground(page, "fast")
    more = page.get_by_role("button", name="Compare with another")
    for _ in range(3):
        more.click()
    expect(more).to_be_disabled()
    for number in (4, 3, 2):
        page.get_by_role("button", name=f"Remove model {number}").click()
    expect(page.get_by_role("button", name="Remove model 1")).to_have_count(0)


def test_a_picture_is_sent_along(page: Page, world: World) -> None:
    lane = open_playground(page, "anthropic/claude-sonnet-4-6", "Gemini")
    picture: FilePayload = {"name": "pixel.png", "mimeType": "image/png", "buffer": base64.b64decode(PIXEL)}
    page.locator("input[type=file]").set_input_files([picture])
    page.get_by_role("img", name="pixel.png").wait_for()
    world.forget()
    say(page, "What is it?")
    expect(lane).to_contain_text(ANSWER)
    assert PIXEL[:40] in world.simulator.journal[-1].body.decode()


def test_a_tool_is_called_its_result_given_and_the_answer_read(page: Page, world: World) -> None:
    for label in LABELS:
        world.simulator.script(Say(parts=(ToolCall("look", '{"at":"sea"}'),)), model="gpt-5-mini")
        lane = open_playground(page, "openai/gpt-5-mini", label)
        page.get_by_text("Options").click()
        page.get_by_label("Tools (JSON)").fill('[{"name": "look", "description": "Looks."}]')
        say(page, "What do you see?")
        expect(lane).to_contain_text('"at"')
        world.forget()
        lane.get_by_label("What look gives").fill("a grey sail")
        lane.get_by_role("button", name="Give it to the model").click()
        expect(lane).to_contain_text(ANSWER)
        assert "a grey sail" in world.simulator.journal[-1].body.decode(), label


def test_thinking_is_shown_apart_and_a_schema_goes_along(page: Page, world: World) -> None:
    words = Say(parts=(Thinking("The quay is lower."), Text('{"way": "left"}')))
    world.simulator.script(words, model="claude-sonnet-4-6")
    lane = open_playground(page, "anthropic/claude-sonnet-4-6", "Anthropic Messages")
    page.get_by_text("Options").click()
    page.get_by_label("Thinking").select_option("low")
    page.get_by_label("JSON schema of the answer").fill('{"type": "object", "properties": {"way": {"type": "string"}}}')
    world.simulator.script(words, model="claude-sonnet-4-6")
    say(page, "Which way?")
    expect(lane).to_contain_text('{"way": "left"}')
    lane.get_by_text("Thinking").click()
    expect(lane.get_by_text("The quay is lower.")).to_be_visible()
    sent = json.loads(world.simulator.journal[-1].body)
    assert sent["thinking"]["budget_tokens"] == 1024
    assert "way" in json.dumps(sent)


def test_the_exact_bytes_are_shown_in_every_dialect(page: Page, world: World) -> None:
    lane = open_playground(page, "fast", "Anthropic Messages")
    say(page, "Count my bytes.")
    lane.get_by_role("button", name="Bytes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("The answer's bytes")).to_contain_text("message_start")
    for label, word in zip(LABELS, ("messages", "input", "max_tokens", "contents"), strict=True):
        dialog.get_by_role("tab", name=label).click()
        expect(dialog.get_by_label(f"The request in {label}")).to_contain_text(word)
    expect(dialog.get_by_role("tab", name="Anthropic Messages (sent)")).to_be_visible()


def test_an_answer_is_stopped_and_its_provider_too(page: Page, world: World) -> None:
    world.simulator.script(Say(parts=("word " * 200,)), fault=Fault(pause_seconds=0.1), model="gpt-5-mini")
    lane = open_playground(page, "openai/gpt-5-mini")
    world.forget()
    world.simulator.script(Say(parts=("word " * 200,)), fault=Fault(pause_seconds=0.1), model="gpt-5-mini")
    say(page, "Go on for ever.")
    expect(lane).to_contain_text("word word")
    page.get_by_role("button", name="Stop").click()
    expect(lane).to_contain_text("stopped")
    world.simulator.wait_for(lambda: not world.simulator.in_flight)


def test_a_refusal_is_told_in_the_providers_words(page: Page, world: World) -> None:
    fault = Fault(status=400, message="The tide is out.")
    world.simulator.script(fault=fault, model="gpt-5-mini")
    lane = open_playground(page, "openai/gpt-5-mini")
    say(page, "Sail!")
    expect(lane.get_by_role("alert")).to_contain_text("The tide is out.")


def test_what_cannot_be_sent_is_said_first(page: Page, world: World) -> None:
    open_playground(page, "fast")
    page.get_by_text("Options").click()
    page.get_by_label("Tools (JSON)").fill("{")
    page.get_by_label("Message").fill("Hello")
    page.get_by_text("This is not a JSON list of tools").wait_for()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
