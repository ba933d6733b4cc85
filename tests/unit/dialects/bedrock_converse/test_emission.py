"""Ids, names and cache points: what the API does not allow is mended, and always in the same way."""

from __future__ import annotations

import re

from dragoman.dialects.bedrock_converse.emission import Emission, emit_cache_point, select_skipped
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.loss import Loss
from dragoman.model.request import FunctionTool, Request, Turn
from tests.unit.dialects.bedrock_converse.samples import PLAIN, codes

CACHE = CacheBreakpoint("1h")


def test_losses_get_the_rest_of_their_path_later() -> None:
    losses = [Loss("dropped", "before")]
    emission = Emission(PLAIN, losses)
    emission.lose("dropped", "")
    emission.lose("renamed", "id")
    emission.under(1, "parts[2]")
    assert codes(losses) == [("dropped", "before"), ("dropped", "parts[2]"), ("renamed", "parts[2].id")]


def test_ids_and_names_that_are_allowed_stay() -> None:
    losses: list[Loss] = []
    emission = Emission(PLAIN, losses)
    assert emission.tool_id("call_1.a:b-c", "id") == "call_1.a:b-c"
    assert emission.tool_name("get_weather-2") == "get_weather-2"
    assert losses == []


def test_ids_and_names_that_are_not_are_mended_always_in_the_same_way() -> None:
    losses: list[Loss] = []
    emission = Emission(PLAIN, losses)
    for word in ("call|1", "x" * 65, "", "mcp.server/tool", "ünïcode"):
        mended = emission.tool_id(word, "id")
        assert re.fullmatch(r"[a-zA-Z0-9_.:-]{1,64}", mended)
        assert Emission(PLAIN, []).tool_id(word, "id") == mended
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", emission.tool_name(f"{word}."))
    assert codes(losses) == [("renamed", "id"), ("renamed", "name")] * 5


def test_documents_have_names_that_are_allowed_and_unlike() -> None:
    losses: list[Loss] = []
    emission = Emission(PLAIN, losses)
    names = [emission.document_name(name) for name in ("My report (2)", "a/b.pdf", None, None, "a-b-pdf", "x" * 300)]
    assert names == ["My report (2)", "a-b-pdf", "document", "document (2)", "a-b-pdf (2)", "x" * 180]
    assert codes(losses) == [("renamed", "name"), ("renamed", "name")]


def test_a_cache_point_says_how_long_only_where_that_was_said() -> None:
    assert emit_cache_point(CacheBreakpoint()) == {"cachePoint": {"type": "default"}}
    assert emit_cache_point(CACHE) == {"cachePoint": {"type": "default", "ttl": "1h"}}


def test_of_too_many_cache_points_the_earliest_go() -> None:
    tool = FunctionTool("f", cache=CACHE)
    parts = [Text(str(number), cache=CACHE) for number in range(4)]
    request = Request("m", [Turn("user", [*parts, Text("none")])], tools=[tool])
    assert select_skipped(request) == {id(tool)}
    assert select_skipped(Request("m", request.turns, cache=CACHE)) == {id(parts[0])}
    assert select_skipped(Request("m", request.turns)) == frozenset()
