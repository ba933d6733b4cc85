"""Media that a provider does not take are converted on the way to it, or described by a model that sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e import raw
from tests.e2e.gateway import House, running_gateway, write_providers
from tests.media_files import build_pdf, build_square, build_video, read_colour
from tests.simulator import Simulator
from tests.tiny_models import SEER, SEER_EYE

PROVIDERS = """
  reader:
    dialect: openai_chat
    base_url: "{url}/v1"
    api_key: "{canary}-reader"
    profile: {{media: [image], media_urls: []}}
  blind: {{dialect: openai_chat, base_url: "{url}/v1", api_key: "{canary}-blind", profile: {{media: []}}}}
  still:
    dialect: anthropic_messages
    base_url: "{url}"
    api_key: "{canary}-still"
    profile: {{media: [image, file], video_frames: {{max_frames: 2, max_edge: 32, caption: "at {{time}}:"}}}}
  local:
"""
EXTRA = "media: {{describe_route: local/seer}}\nlocal: {{folder: {folder}, threads: 1}}\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("models")
    seer = build_added("seer", SEER, SEER_EYE, 2048)
    save_added(folder, {"seer": seer})
    with Simulator() as simulator:
        config = write_providers(simulator.url, extra=EXTRA.format(folder=folder), more_providers=PROVIDERS)
        with running_gateway(tmp_path_factory.mktemp("gateway"), config) as gateway:
            yield House(gateway, simulator)


@pytest.fixture(autouse=True)
def fresh(house: House) -> None:
    house.simulator.reset()


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ask(house: House, model: str, *content: object) -> raw.Answered:
    messages = [{"role": "user", "content": [*content, {"type": "text", "text": "What colour is this?"}]}]
    return raw.ask(house.url, raw.PATHS["chat"], raw.small_request("chat", model=model, messages=messages))


def image(data: bytes) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encode(data)}"}}


def test_a_pdf_becomes_text_and_pictures_for_who_reads_no_pdf(house: House) -> None:
    data = f"data:application/pdf;base64,{encode(build_pdf(['The first page.', '', 'The last page.']))}"
    answered = ask(house, "reader/m", {"type": "file", "file": {"filename": "a.pdf", "file_data": data}})
    assert answered.status == 200, answered.body
    assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"
    (record,) = house.simulator.journal
    first, label, picture, last, _ = record.json["messages"][0]["content"]
    assert first["text"] == "[a.pdf]\n[page 1]\nThe first page."
    assert label["text"] == "[page 2]"
    assert read_colour(base64.b64decode(picture["image_url"]["url"].partition(",")[2])) == "red"
    assert last["text"] == "[page 3]\nThe last page."


def test_a_video_becomes_frames_for_who_sees_only_images(house: House) -> None:
    blob = {"mimeType": "video/mp4", "data": encode(build_video(["red", "red", "blue", "blue"]))}
    body = json.dumps({"contents": [{"role": "user", "parts": [{"inlineData": blob}, {"text": "?"}]}]}).encode()
    answered = raw.ask(house.url, "/v1beta/models/still/m:generateContent", body)
    assert answered.status == 200, answered.body
    (record,) = house.simulator.journal
    at_first, first, at_second, second, _ = record.json["messages"][0]["content"]
    assert (at_first["text"], at_second["text"]) == ("at 00:01:", "at 00:03:")
    assert [read_colour(base64.b64decode(one["source"]["data"])) for one in (first, second)] == ["red", "blue"]


def test_an_image_is_described_by_who_sees_to_who_does_not_and_asked_about_once(house: House) -> None:
    for _ in range(2):
        answered = ask(house, "blind/m", image(build_square("purple")))
        assert answered.status == 200, answered.body
        assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"
    for record in house.simulator.journal:
        told, _ = record.json["messages"][0]["content"]
        assert told["text"].startswith("[An image. Somebody who sees it says: ")
        assert "colour is" in told["text"]


def test_what_needs_nothing_keeps_the_clients_own_bytes(house: House) -> None:
    body = raw.small_request("chat", model="reader/m", metadata={"odd": " spacing "})
    assert raw.ask(house.url, raw.PATHS["chat"], body).status == 200
    (record,) = house.simulator.journal
    assert record.body == body.replace(b'"reader/m"', b'"m"')


def test_a_locked_or_broken_pdf_is_refused_in_plain_words(house: House) -> None:
    data = f"data:application/pdf;base64,{encode(b'%PDF-1.7 and no more')}"
    answered = ask(house, "reader/m", {"type": "file", "file": {"filename": "a.pdf", "file_data": data}})
    assert answered.status == 400
    assert "cannot be read" in raw.read_error("chat", answered)
    assert not house.simulator.journal
