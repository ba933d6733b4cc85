"""Files and cached contents that the gateway keeps, with the official SDKs of Anthropic and Google, whoever answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from google import genai
from google.genai import errors, types

from tests.e2e import raw
from tests.e2e.callers import KEYS, SECRETS
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import PIXEL

KEPT = "uploads: {keep: true, max_mib_each: 1}\n" + KEYS
PROVIDERS = ("chat", "responses", "anthropic", "gemini")
IMAGE = ("dot.png", base64.b64decode(PIXEL), "image/png")
MANUAL = "Press the green button twice, then wait for the bell."


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("uploads"), extra=KEPT) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()
    assert shared_house.simulator.complaints == []


@cache
def open_anthropic(url: str, name: str = "ann") -> Anthropic:
    return Anthropic(base_url=url, api_key=SECRETS[name], max_retries=0, timeout=60)


@cache
def open_google(url: str, name: str = "ann") -> genai.Client:
    return genai.Client(api_key=SECRETS[name], http_options=types.HttpOptions(base_url=url, timeout=60_000))


def ask_about(client: Anthropic, model: str, *blocks: Any) -> str:
    content = [*blocks, {"type": "text", "text": "What is it?"}]
    answer = client.beta.messages.create(
        model=model, max_tokens=100, messages=[{"role": "user", "content": content}], betas=["files-api-2025-04-14"]
    )
    return "".join(block.text for block in answer.content if block.type == "text")


def name_file(kind: str, file_id: str) -> dict[str, Any]:
    return {"type": kind, "source": {"type": "file", "file_id": file_id}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_gets_the_file_that_a_request_names(provider: str, house: House) -> None:
    client = open_anthropic(house.url)
    image = client.beta.files.upload(file=IMAGE)
    text = client.beta.files.upload(file=("manual.txt", MANUAL.encode(), "text/plain"))
    house.simulator.script("A dot.")
    model = f"{provider}/sim-large"
    assert ask_about(client, model, name_file("image", image.id), name_file("document", text.id)) == "A dot."
    sent = json.dumps(house.simulator.journal[0].json)
    assert PIXEL in sent
    assert MANUAL in sent or base64.b64encode(MANUAL.encode()).decode() in sent
    assert "file_dragoman" not in sent
    for file in (image, text):
        client.beta.files.delete(file.id)


def test_files_are_listed_told_of_and_removed_and_are_their_owners_alone(house: House) -> None:
    ann, bob = open_anthropic(house.url), open_anthropic(house.url, "bob")
    made = [ann.beta.files.upload(file=(f"{number}.txt", b"x", "text/plain")) for number in range(3)]
    assert ann.beta.files.retrieve_metadata(made[0].id) == made[0]
    assert {file.id for file in ann.beta.files.list(limit=2)} == {file.id for file in made}
    assert list(bob.beta.files.list()) == []
    for do in (bob.beta.files.retrieve_metadata, bob.beta.files.delete):
        with pytest.raises(anthropic.NotFoundError):
            do(made[0].id)
    with pytest.raises(anthropic.NotFoundError):
        ask_about(bob, "chat/sim-large", name_file("document", made[0].id))
    with pytest.raises(anthropic.BadRequestError, match="downloaded"):
        ann.beta.files.download(made[0].id)
    for file in made:
        assert ann.beta.files.delete(file.id).id == file.id
    with pytest.raises(anthropic.NotFoundError):
        ask_about(ann, "chat/sim-large", name_file("document", made[0].id))
    assert house.simulator.journal == []


def test_nobody_keeps_more_than_his_share(house: House) -> None:
    client = open_anthropic(house.url)
    half = client.beta.files.upload(file=("half", b"x" * 600_000, "text/plain"))
    with pytest.raises(anthropic.APIStatusError) as refused:
        client.beta.files.upload(file=("more", b"x" * 600_000, "text/plain"))
    assert refused.value.status_code == 413
    client.beta.files.delete(half.id)
    again = client.beta.files.upload(file=("more", b"x" * 600_000, "text/plain"))
    client.beta.files.delete(again.id)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_gets_the_contents_that_a_request_names(provider: str, stream: bool, house: House) -> None:
    client = open_google(house.url)
    model = f"{provider}/sim-large"
    config = types.CreateCachedContentConfig(
        contents=[types.Content(role="user", parts=[types.Part(text=MANUAL)])],
        system_instruction="You know the machine.",
        display_name="manual",
        ttl="600s",
    )
    kept = client.caches.create(model=model, config=config)
    assert kept.name is not None
    assert kept.usage_metadata is not None
    assert 10 < (kept.usage_metadata.total_token_count or 0) < 40
    house.simulator.script("Twice.")
    named = types.GenerateContentConfig(cached_content=kept.name)
    if stream:
        pieces = client.models.generate_content_stream(model=model, contents="How often?", config=named)
        said = "".join(piece.text or "" for piece in pieces)
    else:
        said = client.models.generate_content(model=model, contents="How often?", config=named).text or ""
    assert said == "Twice."
    sent = json.dumps(house.simulator.journal[0].json)
    assert sent.index(MANUAL) < sent.index("How often?")
    assert "You know the machine." in sent
    assert "achedContent" not in sent
    client.caches.delete(name=kept.name)


def test_contents_are_listed_prolonged_and_removed_and_are_their_owners_alone(house: House) -> None:
    ann, bob = open_google(house.url), open_google(house.url, "bob")
    made = [
        ann.caches.create(model="gemini/sim-large", config=types.CreateCachedContentConfig(contents=f"Part {number}."))
        for number in range(3)
    ]
    names = {kept.name or "" for kept in made}
    assert {kept.name for kept in ann.caches.list(config={"page_size": 2})} == names
    assert list(bob.caches.list()) == []
    name = made[0].name or ""
    prolonged = ann.caches.update(name=name, config=types.UpdateCachedContentConfig(ttl="7200s"))
    assert made[0].expire_time is not None
    assert prolonged.expire_time is not None
    assert 3590 < (prolonged.expire_time - made[0].expire_time).total_seconds() < 3700
    assert ann.caches.get(name=name).expire_time == prolonged.expire_time
    with pytest.raises(errors.ClientError, match="CachedContent not found"):
        bob.caches.get(name=name)
    with pytest.raises(errors.ClientError, match="CachedContent not found"):
        bob.models.generate_content(
            model="gemini/sim-large", contents="?", config=types.GenerateContentConfig(cached_content=name)
        )
    for one in names:
        ann.caches.delete(name=one)
    with pytest.raises(errors.ClientError, match="CachedContent not found"):
        ann.caches.get(name=name)


def test_what_a_request_says_beside_its_contents_must_not_stand_in_them_too(house: House) -> None:
    client = open_google(house.url)
    kept = client.caches.create(model="gemini/sim-large", config={"contents": "All of it."})
    twice = types.GenerateContentConfig(cached_content=kept.name, system_instruction="Be kind.")
    with pytest.raises(errors.ClientError, match="can not be used"):
        client.models.generate_content(model="gemini/sim-large", contents="?", config=twice)
    other = types.GenerateContentConfig(cached_content=kept.name)
    with pytest.raises(errors.ClientError, match="is for models/gemini/sim-large"):
        client.models.generate_content(model="chat/sim-large", contents="?", config=other)
    client.caches.delete(name=kept.name or "")


def test_names_that_are_not_ours_go_to_their_provider(house: House) -> None:
    house.simulator.script("Seen.")
    assert (
        ask_about(open_anthropic(house.url), "anthropic/sim-large", name_file("image", "file_011Dragoman")) == "Seen."
    )
    assert "file_011Dragoman" in json.dumps(house.simulator.journal[0].json)


def test_without_the_setting_nothing_is_taken(tmp_path: Any) -> None:
    with running_house(tmp_path) as house:
        client = Anthropic(base_url=house.url, api_key="any", max_retries=0, timeout=60)
        with pytest.raises(anthropic.BadRequestError, match=r"uploads\.keep"):
            client.beta.files.upload(file=IMAGE)
        refused = raw.ask(house.url, "/v1beta/cachedContents", b'{"model":"models/m","contents":[]}')
        assert refused.status == 400
        assert "uploads.keep" in raw.read_error("gemini", refused)
        assert list(client.beta.files.list()) == []
        assert not (tmp_path / "uploads.sqlite").exists()


def test_an_upload_that_is_sent_twice_under_one_name_is_kept_once(house: House) -> None:
    form = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords\r\n--b--\r\n'
    headers = {
        "x-api-key": SECRETS["ann"],
        "Idempotency-Key": "once",
        "content-type": "multipart/form-data; boundary=b",
    }
    first, again = (raw.ask(house.url, "/v1/files", form, headers) for _ in range(2))
    assert first.status == 200
    assert again.json == first.json
    client = open_anthropic(house.url)
    assert [file.id for file in client.beta.files.list()] == [first.json["id"]]
    client.beta.files.delete(first.json["id"])
