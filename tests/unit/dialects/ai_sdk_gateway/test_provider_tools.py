"""Tools that a provider defines."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.provider_tools import build_provider_tool
from dragoman.model.request import ProviderTool


def build(id: str, arguments: Any) -> ProviderTool:
    return build_provider_tool({"id": id}, id, "mine", arguments)


@pytest.mark.parametrize(
    ("id", "arguments", "dialect", "value"),
    [
        (
            "anthropic.web_search_20250305",
            {"maxUses": 1, "userLocation": {"type": "approximate", "timeZone": "x"}},
            "anthropic_messages",
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "max_uses": 1,
                "user_location": {"type": "approximate", "time_zone": "x"},
            },
        ),
        (
            "openai.file_search",
            {"vectorStoreIds": ["a"], "filters": [{"maxNum": 1}]},
            "openai_responses",
            {"type": "file_search", "vector_store_ids": ["a"], "filters": [{"max_num": 1}]},
        ),
        (
            "openai.code_interpreter",
            {},
            "openai_responses",
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ),
        (
            "openai.code_interpreter",
            {"container": {"fileIds": ["f"]}},
            "openai_responses",
            {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["f"]}},
        ),
        (
            "openai.code_interpreter",
            {"container": "cntr_1"},
            "openai_responses",
            {"type": "code_interpreter", "container": "cntr_1"},
        ),
        ("google.google_search", {}, "gemini_generate", {"googleSearch": {}}),
    ],
)
def test_a_tool_is_named_as_its_dialect_names_it(id: str, arguments: Any, dialect: str, value: Any) -> None:
    tool = build(id, arguments)
    assert (tool.dialect, tool.value) == (dialect, value)


@pytest.mark.parametrize(
    "id", ["anthropic.bash_20250124", "openai.local_shell", "gateway.exa_search", "google.x", "odd"]
)
def test_tools_that_would_only_half_work_keep_our_name_so_that_all_refuse_them(id: str) -> None:
    tool = build(id, {})
    assert (tool.dialect, tool.kind, tool.name) == ("ai_sdk_gateway", id, "mine")
