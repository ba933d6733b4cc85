"""What stands for cached contents in a request, and what is told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.gemini_generate import cached_contents as cached
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument

NOW = 1_750_000_000_000
ID = "dragoman_0123456789abcdef01234567"
NAME = cached.NAME_PREFIX + ID
TURN = {"role": "user", "parts": [{"text": "All of it."}]}
KEPT = json.dumps({"contents": [TURN], "systemInstruction": {"parts": [{"text": "Be brief."}]}}).encode()


def document_of(**fields: Any) -> JsonDocument:
    return JsonDocument(json.dumps(fields).encode())


def create(**fields: Any) -> cached.Creation:
    return cached.read_creation(json.dumps({"model": "m", "contents": [TURN], **fields}).encode(), NOW)


def test_a_creation_is_read_in_either_spelling() -> None:
    made = create(system_instruction={"parts": [{"text": "Be kind."}]}, display_name="d", ttl="90s")
    assert (made.model, made.display_name, made.ends_ms) == ("models/m", "d", NOW + 90_000)
    assert json.loads(made.body) == {"contents": [TURN], "systemInstruction": {"parts": [{"text": "Be kind."}]}}


@pytest.mark.parametrize(
    ("given", "ends_ms"),
    [
        ({}, NOW + 3_600_000),
        ({"ttl": "1.5s"}, NOW + 1_500),
        ({"expireTime": "2025-06-15T16:06:40Z"}, NOW + 3_600_000),
        ({"expire_time": "2025-06-15T18:06:40.000000000+02:00"}, NOW + 3_600_000),
    ],
)
def test_contents_end_when_their_owner_wants(given: dict[str, str], ends_ms: int) -> None:
    assert create(**given).ends_ms == ends_ms


@pytest.mark.parametrize("given", [{"ttl": "1h"}, {"ttl": "-1s"}, {"expireTime": "soon"}, {"ttl": 5}])
def test_an_end_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(DragomanError):
        create(**given)


def test_there_must_be_something_to_keep_and_a_model() -> None:
    for body in (b'{"model":"m"}', b'{"contents":[{"parts":[]}]}'):
        with pytest.raises(DragomanError):
            cached.read_creation(body, NOW)
    with pytest.raises(DragomanError, match="ttl"):
        cached.read_change(b'{"displayName":"d"}', NOW)


def test_it_is_told_of_without_what_is_in_it() -> None:
    shown = cached.describe_content(NAME, create(displayName="d"), NOW, 7)
    told = json.loads(cached.emit_content(shown, NOW + 1000))
    assert told == {
        "name": NAME,
        "model": "models/m",
        "displayName": "d",
        "createTime": "2025-06-15T15:06:40Z",
        "updateTime": "2025-06-15T15:06:40Z",
        "expireTime": "2025-06-15T15:06:41Z",
        "usageMetadata": {"totalTokenCount": 7},
    }
    changed = json.loads(cached.emit_content(told, 1 << 62, NOW + 2000))
    assert (changed["updateTime"], changed["expireTime"]) == ("2025-06-15T15:06:42Z", "9999-12-31T23:59:59Z")


def test_only_names_of_ours_are_found() -> None:
    assert cached.find_named(document_of(cachedContent=NAME)) == ID
    assert cached.find_named(document_of(cached_content=NAME)) == ID
    for other in ("cachedContents/abc", 5, None, NAME + "0", ID):
        assert cached.find_named(document_of(cachedContent=other)) is None


@pytest.mark.parametrize(
    "own", ["And now?", {"parts": [{"text": "And now?"}]}, [{"parts": [{"text": "And now?"}]}], None]
)
def test_what_is_kept_stands_before_what_is_new(own: Any) -> None:
    document = document_of(contents=own, cached_content=NAME, generationConfig={"topK": 3})
    filled = json.loads(cached.put_contents(document, "models/m", "models/m", KEPT))
    assert filled["contents"][0] == TURN
    assert [part["text"] for content in filled["contents"][1:] for part in content["parts"]] == (
        ["And now?"] if own else []
    )
    assert filled["systemInstruction"]["parts"][0]["text"] == "Be brief."
    assert filled["generationConfig"] == {"topK": 3}
    assert not filled.keys() & {"cachedContent", "cached_content"}


@pytest.mark.parametrize("name", ["tools", "systemInstruction", "system_instruction", "toolConfig", "tool_config"])
def test_what_belongs_into_the_contents_is_refused_beside_them(name: str) -> None:
    with pytest.raises(DragomanError, match="can not be used"):
        cached.put_contents(document_of(cachedContent=NAME, **{name: {}}), "m", "models/m", KEPT)


def test_contents_are_for_one_model() -> None:
    with pytest.raises(DragomanError, match=r"for models/m.*for models/other"):
        cached.put_contents(document_of(cachedContent=NAME), "other", "models/m", KEPT)
    assert cached.content_not_found().kind is Kind.PERMISSION


def test_a_list_is_paged() -> None:
    heads = [(one, {"name": one}) for one in "abc"]
    first = json.loads(cached.emit_page(heads, {"pageSize": "2"}))
    assert [one["name"] for one in first["cachedContents"]] == ["a", "b"]
    last = json.loads(cached.emit_page(heads, {"pageSize": "2", "pageToken": first["nextPageToken"]}))
    assert last == {"cachedContents": [{"name": "c"}]}
    assert len(json.loads(cached.emit_page(heads, {"pageSize": "0"}))["cachedContents"]) == 3
    with pytest.raises(DragomanError, match="pageSize"):
        cached.emit_page(heads, {"pageSize": "x"})
