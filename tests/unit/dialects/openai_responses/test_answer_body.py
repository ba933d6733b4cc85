"""The body around an answer's items."""

from __future__ import annotations

import msgspec
from openai.types.responses import Response as SdkResponse

from dragoman.dialects.openai_responses.answer_body import Body, change_body, read_status, write_body
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.request import ReasoningRequest, Request, Sampling
from dragoman.model.response import Response
from dragoman.wire.json_document import decode_object, encode_json
from tests.unit.dialects.openai_responses.samples import echo

ENDING = ("completed", None)
FOREIGN = Response("id", "claude", [], created_unix=5)
OWN = Response("resp_1", "gpt", [], created_unix=5, extras={NAME: {"_echo": {"status": "incomplete"}}})


def test_a_body_without_wishes_is_one_that_the_sdk_knows() -> None:
    body = decode_object(encode_json(write_body(FOREIGN, [], ENDING, Request("gpt", []))))
    SdkResponse.model_validate(body)
    assert "conversation" not in body
    assert (body["text"], body["reasoning"]) == ({"format": {"type": "text"}}, {"effort": None, "summary": None})


def test_what_was_wished_stands_in_place_of_the_defaults() -> None:
    wishes = Request(
        "gpt",
        [],
        sampling=Sampling(temperature=0.0, top_p=0.25, frequency_penalty=0.5, presence_penalty=0.75),
        reasoning=ReasoningRequest(effort="low"),
        verbosity="low",
        user="ada",
        top_logprobs=2,
        prompt_cache_key="k",
    )
    repeated = echo(wishes)
    assert (repeated["temperature"], repeated["top_p"]) == (0.0, 0.25)
    assert (repeated["frequency_penalty"], repeated["presence_penalty"]) == (0.5, 0.75)
    assert repeated["reasoning"] == {"effort": "low", "summary": None}
    assert repeated["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert (repeated["safety_identifier"], repeated["user"]) == ("ada", None)
    assert (repeated["top_logprobs"], repeated["prompt_cache_key"]) == (2, "k")


def test_a_user_is_repeated_under_the_name_it_came_with() -> None:
    asked = Request("gpt", [], user="ada", extras={NAME: {"_user_field": "user"}})
    assert (echo(asked)["user"], echo(asked)["safety_identifier"]) == ("ada", None)
    both = Request("gpt", [], user="ada", extras={NAME: {"_user": "grace"}})
    assert (echo(both)["user"], echo(both)["safety_identifier"]) == ("grace", "ada")


def test_an_own_answer_is_repeated_as_it_came() -> None:
    body = write_body(OWN, [], ENDING, Request("gpt", []))
    assert body == {"id": "resp_1", "created_at": 5, "model": "gpt", "status": "incomplete", "output": []}
    assert read_status(body) == "incomplete"


def test_both_kinds_of_body_can_be_changed_without_touching_the_first() -> None:
    for response in (FOREIGN, OWN):
        body = write_body(response, [], ENDING, Request("gpt", []))
        before = read_status(body)
        assert read_status(change_body(body, {"status": "failed"})) == "failed"
        assert read_status(body) == before


def test_no_two_bodies_share_what_can_be_changed() -> None:
    first, second = (write_body(FOREIGN, [], ENDING, Request("gpt", [])) for _ in range(2))
    assert isinstance(first, Body)
    assert isinstance(second, Body)
    shared = [name for name in first.__struct_fields__ if type(getattr(first, name)) is dict]
    assert all(getattr(first, name) is not getattr(second, name) for name in shared if name != "error")
    assert msgspec.structs.asdict(first) == msgspec.structs.asdict(second)
