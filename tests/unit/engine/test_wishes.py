"""What may be wished of a local model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.engine.spec import Abilities
from dragoman.engine.wishes import settle_embedding, settle_wishes
from dragoman.errors import DragomanError, Kind

ABLE = Abilities(tools=True, images=True)
PLAIN = Abilities()
ONE, OTHER = ({"type": "function", "function": {"name": name, "parameters": {}}} for name in ("one", "other"))


def settle(abilities: Abilities = ABLE, **wishes: Any) -> dict[str, Any]:
    settled: dict[str, Any] = json.loads(settle_wishes(json.dumps(wishes).encode(), "m", abilities, 77))
    return settled


def refuse(abilities: Abilities = ABLE, **wishes: Any) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        settle(abilities, **wishes)
    return caught.value


def say(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "system", "content": "s"}, {"role": "user", "content": [*parts]}]


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def test_an_answer_has_an_end_even_where_nobody_asked_for_one() -> None:
    assert settle(messages=[])["max_tokens"] == 77
    assert "max_tokens" not in settle(max_completion_tokens=5)
    assert settle(max_tokens=5)["max_tokens"] == 5
    assert settle(max_tokens=None)["max_tokens"] == 77


def test_nobody_takes_the_lora_off_that_makes_the_model_what_it_is() -> None:
    assert "lora" not in settle(lora=[{"id": 0, "scale": 0.0}])


def test_what_needs_no_settling_stays_as_it_is() -> None:
    wishes = {"messages": say({"type": "text", "text": "é"}), "temperature": 0.5, "max_tokens": 1, "seed": 3}
    assert settle(PLAIN, **wishes) == wishes


def test_an_image_must_be_there_itself() -> None:
    assert settle(messages=say(image("data:image/png;base64,AAAA")))
    for url in ("http://127.0.0.1/x.png", "https://x.test/", "file:///etc/passwd", "DATA:x"):
        error = refuse(messages=say({"type": "text", "text": "t"}, image(url)))
        assert (error.kind, error.path) == (Kind.UNSUPPORTED, "messages[1].content[1]")
    assert refuse(messages=say({"type": "image_url", "image_url": "http://x.test/"})).status == 400
    assert refuse(messages=say({"type": "image_url"})).status == 400


def test_a_model_without_eyes_refuses_images_before_the_worker_does() -> None:
    error = refuse(PLAIN, messages=say(image("data:image/png;base64,AAAA")))
    assert (error.status, str(error)) == (400, "messages[1].content[0]: The local model 'm' takes no images.")


@pytest.mark.parametrize("kind", ["input_audio", "file", "video_url", None, "x" * 500])
def test_parts_that_no_worker_takes_are_refused(kind: str | None) -> None:
    error = refuse(messages=say({"type": kind}))
    assert error.kind is Kind.UNSUPPORTED
    assert len(str(error)) < 200


def test_a_template_without_tools_refuses_them_instead_of_dropping_them() -> None:
    assert refuse(PLAIN, tools=[ONE]).path == "tools"
    assert "tools" not in settle(PLAIN, tools=[ONE], tool_choice="none")
    assert "tools" not in settle(PLAIN, tools=[], tool_choice="auto")


def test_tools_stay_where_the_answer_is_bound_to_a_schema() -> None:
    bound: dict[str, Any] = {"tools": [ONE], "tool_choice": "none", "response_format": {"type": "json_schema"}}
    assert settle(**bound)["tools"] == [ONE]
    assert "tools" not in settle(PLAIN, **bound)
    assert "tools" not in settle(tools=[ONE], tool_choice="none")


def test_a_choice_by_name_becomes_a_demand_for_the_only_tool_left() -> None:
    settled = settle(tools=[ONE, OTHER], tool_choice={"type": "function", "function": {"name": "other"}})
    assert (settled["tools"], settled["tool_choice"]) == ([OTHER], "required")
    assert settle(tools=[ONE, OTHER], tool_choice="auto")["tools"] == [ONE, OTHER]


def test_a_choice_that_is_not_there_is_the_callers_mistake() -> None:
    error = refuse(tools=[ONE], tool_choice={"type": "function", "function": {"name": "none"}})
    assert (error.kind, error.path) == (Kind.INVALID_REQUEST, "tool_choice")


@pytest.mark.parametrize("body", [b"[]", b"3", b"{", b'{"messages": 1', b"\xff"])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError):
        settle_wishes(body, "m", ABLE, 1)


@pytest.mark.parametrize("messages", [1, "x", [1], [None], [{"content": [1, "x", None]}], {}])
def test_messages_of_any_shape_break_nothing_here(messages: Any) -> None:
    assert settle(PLAIN, messages=messages)["messages"] == messages


EMBEDDER = Abilities(embeds=True)


def test_texts_go_to_a_model_that_embeds_as_they_are() -> None:
    body = b'{ "input": ["a", "b"], "encoding_format": "base64" }'
    assert settle_embedding(body, "m", EMBEDDER) == body


@pytest.mark.parametrize(
    ("body", "abilities", "said"),
    [
        (b'{"input":"a"}', ABLE, "makes no embeddings"),
        (b'{"input":"a","dimensions":64}', EMBEDDER, "one length only"),
        (b"[]", EMBEDDER, "JSON object"),
    ],
)
def test_what_a_model_cannot_embed_is_refused(body: bytes, abilities: Abilities, said: str) -> None:
    with pytest.raises(DragomanError, match=said):
        settle_embedding(body, "m", abilities)


def test_a_model_that_embeds_does_not_chat() -> None:
    assert "does not chat" in refuse(EMBEDDER, messages=[]).message
