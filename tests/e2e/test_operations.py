"""What the official SDKs ask beside chat: embeddings, legacy completions, moderations, images, speech, and reranking."""

from __future__ import annotations

import base64
import http.client
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest
from google.genai import errors as google_errors
from google.genai import types

from tests.e2e.clients import gemini_generate, openai_chat
from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.simulator import Fault
from tests.simulator.journal import Record
from tests.simulator.operations import make_vector

EXTRA = """
routes:
  vectors: chat/embed-large
  google-vectors: gemini/embed-001
  surely: [anthropic/sim-large, dead/embed-large, chat/embed-large]
  never: anthropic/sim-large
"""
DEAD = '  dead: {{dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: "{canary}-dead"}}\n'


VECTORS_OF: dict[str, Callable[[str], list[float]]] = {
    "google-vectors": lambda text: make_vector({"parts": [{"text": text}]}, 8),
    "bedrock/cohere.embed-english-v3": lambda text: make_vector(text, 8),
}
"""What the simulator makes of a text in each provider's words."""


class Place(NamedTuple):
    """A house, and the folder that its ledger is in."""

    house: House
    folder: Path


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("operations")
    with running_house(folder, extra=EXTRA, more_providers=DEAD) as house:
        yield Place(house, folder)


@pytest.fixture
def place(shared_place: Place) -> Iterator[Place]:
    shared_place.house.simulator.reset()
    yield shared_place
    shared_place.house.check_quiet()


@pytest.fixture
def client(place: Place) -> openai.OpenAI:
    return openai_chat.open_client(place.house.url)


def read_last(place: Place) -> Record:
    """The one request that a provider got, in order."""
    [record] = place.house.simulator.journal
    assert record.complaint == ""
    assert record.key.startswith(CANARY)
    return record


def read_row(place: Place, exchange: str) -> dict[str, Any]:
    """The ledger's row of an exchange."""
    [row] = wait_for_rows(place.folder, 1, lambda row: row["id"] == exchange)
    return row


def post(place: Place, path: str, body: bytes, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """A request in these very bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", place.house.gateway.port, timeout=60)
    try:
        connection.request("POST", path, body, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("provider", ["chat", "responses"])
def test_embeddings_come_from_every_provider_of_openais_api(provider: str, place: Place, client: openai.OpenAI) -> None:
    made = client.embeddings.with_raw_response.create(
        model=f"{provider}/embed-large", input=["sea", "gold"], dimensions=4
    )
    vectors = [one.embedding for one in made.parse().data]
    assert vectors == [pytest.approx(make_vector(text, 4)) for text in ("sea", "gold")]
    record = read_last(place)
    assert (record.path, record.model, record.key) == ("/v1/embeddings", "embed-large", f"{CANARY}-{provider}")
    row = read_row(place, made.headers["x-dragoman-exchange"])
    assert (row["client_dialect"], row["provider"], row["outcome"]) == ("openai_embeddings", provider, "served")
    assert (row["input"], row["output"], row["is_estimate"]) == (record.billed.input, 0, False)


def test_a_body_goes_on_byte_for_byte_but_for_the_model(place: Place) -> None:
    sent = b'{ "encoding_format" : "float",\n "model": "vectors" , "input":"\xe2\x80\xa8 \\u00e9", "x": 1.50 }'
    answer, heard = post(place, "/v1/embeddings", sent)
    assert answer.status == 200
    assert read_last(place).body == sent.replace(b'"vectors"', b'"embed-large"')
    assert json.loads(heard)["data"][0]["embedding"] == make_vector("\u2028 é", 8)


def test_legacy_completions_are_passed_on(place: Place, client: openai.OpenAI) -> None:
    made = client.completions.create(model="chat/old", prompt="Once upon a time")
    assert (made.choices[0].text, made.choices[0].finish_reason) == ("and then", "stop")
    assert read_last(place).path == "/v1/completions"


@pytest.mark.parametrize("asks_usage", [True, False])
def test_a_stream_of_a_completion_is_metered_whether_or_not_the_client_asks(
    asks_usage: bool, place: Place, client: openai.OpenAI
) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if asks_usage else {}
    made = client.completions.with_raw_response.create(
        model="chat/old", prompt="Once upon a time", stream=True, **options
    )
    pieces = list(made.parse())
    assert "".join(piece.choices[0].text for piece in pieces if piece.choices) == "and then"
    assert [piece.usage is not None for piece in pieces].count(True) == asks_usage
    row = read_row(place, made.headers["x-dragoman-exchange"])
    assert (row["input"], row["output"], row["is_stream"]) == (4, 2, True)
    assert (row["finish"], row["is_estimate"]) == ("stop", False)


@pytest.mark.parametrize("stop", ["rst", "fin", "eof"])
def test_a_stream_of_a_completion_that_was_cut_never_looks_whole(
    stop: Any, place: Place, client: openai.OpenAI
) -> None:
    place.house.simulator.set_default(fault=Fault(stop=stop, after_event=1))
    with pytest.raises(openai.APIError):
        list(client.completions.create(model="chat/old", prompt="Once", stream=True))


def test_moderations_need_no_model(place: Place, client: openai.OpenAI) -> None:
    assert client.moderations.create(model="chat/judge", input="kind words").results[0].flagged is False
    assert read_last(place).model == "judge"
    answer, heard = post(place, "/v1/moderations", b'{"input":"kind words"}')
    assert answer.status == 404
    assert "omni-moderation-latest" in json.loads(heard)["error"]["message"]


def test_images_are_passed_on_and_counted_as_images(place: Place, client: openai.OpenAI) -> None:
    made = client.images.with_raw_response.generate(model="chat/painter", prompt="a ship at sea")
    assert (made.parse().data or [])[0].b64_json
    row = read_row(place, made.headers["x-dragoman-exchange"])
    assert (row["input"], row["output_image"], row["output"]) == (4, 100, 0)


def test_images_stream_in_the_makers_own_events(place: Place, client: openai.OpenAI) -> None:
    events = client.images.generate(model="chat/painter", prompt="a ship", stream=True, partial_images=1)
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]


def test_speech_comes_through_as_the_bytes_that_it_is(place: Place, client: openai.OpenAI) -> None:
    made = client.audio.speech.with_raw_response.create(model="chat/tts", voice="alloy", input="Land ho")
    assert made.content == b"ID3\x00\xff\xfb" + b"Land ho"[::-1]
    assert made.headers["content-type"] == "audio/mpeg"
    row = read_row(place, made.headers["x-dragoman-exchange"])
    assert (row["output"], row["is_estimate"]) == (0, True)
    assert row["input"] > 0


def test_reranking_is_passed_on(place: Place) -> None:
    answer, heard = post(
        place, "/v1/rerank", b'{"model":"chat/ranker","query":"which sea","documents":["a","b"],"top_n":1}'
    )
    assert [one["index"] for one in json.loads(heard)["results"]] == [0, 1]
    assert read_row(place, answer.headers["x-dragoman-exchange"] or "")["input"] == 4


def test_googles_sdk_embeds_a_batch_under_a_routes_name(place: Place) -> None:
    google = gemini_generate.open_client(place.house.url)
    config = types.EmbedContentConfig(output_dimensionality=4)
    made = google.models.embed_content(model="google-vectors", contents=["sea", "gold"], config=config)
    record = read_last(place)
    assert record.path == "/v1beta/models/embed-001:batchEmbedContents"
    assert [request["model"] for request in record.json["requests"]] == ["models/embed-001"] * 2
    expected = [make_vector(request["content"], 4) for request in record.json["requests"]]
    assert [one.values for one in made.embeddings or []] == [pytest.approx(vector) for vector in expected]


@pytest.mark.parametrize("named", [b"", b'"model":"models/google-vectors",'])
def test_a_single_text_is_embedded_by_gemini_too(named: bytes, place: Place) -> None:
    sent = b'{%b"content": {"parts":[{"text":"sea"}]} }' % named
    answer, heard = post(place, "/v1beta/models/google-vectors:embedContent", sent)
    assert answer.status == 200, heard
    assert read_last(place).body == sent.replace(b"google-vectors", b"embed-001")
    row = read_row(place, answer.headers["x-dragoman-exchange"] or "")
    assert (row["client_dialect"], row["provider_dialect"]) == ("gemini_embeddings", "gemini_generate")
    assert (row["is_estimate"], row["output"]) == (True, 0)
    assert row["input"] > 0


def test_a_provider_of_another_dialect_is_passed_over_and_a_dead_one_replaced(
    place: Place, client: openai.OpenAI
) -> None:
    made = client.embeddings.with_raw_response.create(model="surely", input="sea")
    assert made.headers["x-dragoman-target"] == "chat/embed-large"
    assert read_last(place).path == "/v1/embeddings"
    row = read_row(place, made.headers["x-dragoman-exchange"])
    assert [attempt.provider for attempt in row["attempts"]] == ["dead", "chat"]


def test_where_no_provider_has_the_operation_the_caller_is_told_in_its_own_words(
    place: Place, client: openai.OpenAI
) -> None:
    with pytest.raises(openai.BadRequestError, match="none of the model's providers speaks openai_chat") as refused:
        client.embeddings.create(model="never", input="sea")
    assert refused.value.param == "model"
    with pytest.raises(google_errors.ClientError, match="speaks gemini_generate") as told:
        gemini_generate.open_client(place.house.url).models.embed_content(model="never", contents="sea")
    assert told.value.code == 400
    assert place.house.simulator.journal == []


def test_sound_becomes_text_and_the_file_arrives_as_it_was(place: Place, client: openai.OpenAI) -> None:
    sound = bytes(range(256)) * 40
    answer = client.audio.transcriptions.create(model="chat/whisper", file=("a.wav", sound, "audio/wav"))
    assert answer.text == "Hello."
    record = read_last(place)
    assert record.model == "whisper"
    assert sound in record.body
    assert record.headers["content-type"].startswith("multipart/form-data; boundary=")
    subtitles = client.audio.transcriptions.create(
        model="chat/whisper", file=("a.wav", sound, "audio/wav"), response_format="srt"
    )
    assert str(subtitles).startswith("1\n00:00:00")


def test_sound_in_another_language_and_a_form_that_is_none(place: Place) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nchat/whisper\r\n'
    form += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n'
    answer, heard = post(place, "/v1/audio/translations", form, **{"content-type": "multipart/form-data; boundary=b"})
    assert json.loads(heard)["text"] == "Hello."
    assert read_last(place).model == "whisper"
    answer, heard = post(place, "/v1/audio/transcriptions", b'{"model":"chat/whisper"}')
    assert answer.status == 400
    assert "multipart/form-data" in json.loads(heard)["error"]["message"]


@pytest.mark.parametrize("packing", ["float", "base64"])
@pytest.mark.parametrize("model", ["google-vectors", "bedrock/cohere.embed-english-v3"])
def test_openai_clients_get_the_vectors_of_other_makers(
    model: str, packing: Any, place: Place, client: openai.OpenAI
) -> None:
    answer = client.embeddings.create(model=model, input=["sea", "sky"], encoding_format=packing)
    vectors = [entry.embedding for entry in answer.data]
    if packing == "base64":  # asked for in so many words, the SDK leaves it packed
        packed = [base64.b64decode(str(vector)) for vector in vectors]
        vectors = [list(struct.unpack(f"<{len(data) // 4}f", data)) for data in packed]
    assert [round(number, 5) for number in vectors[0]] == [round(number, 5) for number in VECTORS_OF[model]("sea")]
    assert [entry.index for entry in answer.data] == [0, 1]


def test_a_titan_embeds_one_text_and_tells_its_tokens(place: Place, client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="bedrock/amazon.titan-embed-text-v2:0", input="sea", dimensions=4)
    assert len(answer.data[0].embedding) == 4
    assert answer.usage.prompt_tokens > 0
    with pytest.raises(openai.BadRequestError, match="one text a request"):
        client.embeddings.create(model="bedrock/amazon.titan-embed-text-v2:0", input=["sea", "sky"])


def test_googles_client_gets_the_vectors_of_openai(place: Place) -> None:
    client = gemini_generate.open_client(place.house.url)
    answer = client.models.embed_content(model="vectors", contents=["sea", "sky"])
    assert answer.embeddings is not None
    assert [embedding.values for embedding in answer.embeddings] == [make_vector(text, 8) for text in ("sea", "sky")]
    assert read_last(place).json["input"] == ["sea", "sky"]


def test_a_providers_refusal_reaches_the_caller_as_it_came(place: Place, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="must lie between 1 and 4096"):
        client.embeddings.create(model="vectors", input="sea", dimensions=9999)
    place.house.simulator.set_default(fault=Fault(status=429, retry_after_seconds=7))
    with pytest.raises(openai.RateLimitError):
        client.embeddings.create(model="responses/embed-large", input="sea")


def test_these_paths_are_under_the_same_lock_as_all_others(tmp_path: Path) -> None:
    keys = "auth: {keys: [{name: ann, secret: ann-k7Qz2xVb9LmT4wRc}]}\n"
    with running_house(tmp_path, extra=keys) as house:
        place = Place(house, tmp_path)
        body = b'{"model":"chat/m","input":"sea"}'
        assert post(place, "/v1/embeddings", body)[0].status == 401
        answer, _ = post(place, "/v1/embeddings", body, authorization="Bearer ann-k7Qz2xVb9LmT4wRc")
        assert answer.status == 200
        assert read_row(place, answer.headers["x-dragoman-exchange"] or "")["principal"] == "ann"
