"""Marks are known by their words, and their beginnings too."""

from __future__ import annotations

import pytest

from dragoman.adapt.tools.markers import TAG, beginnings_of, build_listening, name_kind, opens_block, read_tag

LISTENING = build_listening(objects=True, names=("get_weather",), harmony=True)


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>",
        "<|tool_call|>",
        "＜tool_call＞",
        "<Tool-Call>",
        "<tool_call\n",
        '<invoke name="f">',
        "<function=f>",
        '<｜DSML｜invoke name="f">',
        "<｜tool▁calls▁begin｜>",
        "<call:f>",
    ],
)
def test_a_tag_opens_a_block_however_it_is_spelled(text: str) -> None:
    found = TAG.match(text)
    assert found is not None
    assert opens_block(read_tag(found))
    assert LISTENING.full.search(f"x{text}") is not None


@pytest.mark.parametrize("text", ["</tool_call>", "<function>", "<toolbar>", "<|call|>", "<tool_call_end>", "<think>"])
def test_other_tags_open_none(text: str) -> None:
    found = TAG.match(text)
    assert found is not None
    assert not opens_block(read_tag(found))


def test_an_attribute_names_the_tool() -> None:
    for text in ('<invoke name="f.g">', "<function=f.g>", "<call:f.g>", "<tool_call id='1' name='f.g'>"):
        found = TAG.match(text)
        assert found is not None
        assert read_tag(found).name == "f.g"


@pytest.mark.parametrize(
    "mark",
    [
        '<tool_call name="x">',
        "[TOOL_CALLS]",
        "```tool_code\n",
        '{ "name" :',
        '[ {"name":',
        "[get_weather(",
        "＜／invoke",
    ],
)
def test_every_beginning_of_a_mark_waits_and_other_text_does_not(mark: str) -> None:
    for end in range(1, len(mark)):
        assert LISTENING.find_beginning(f"some {mark[:end]}", 0) == 5, mark[:end]
    for text in ("a < b", "a[0]", "x <b", "{ x", "[1", "<toll"):
        assert LISTENING.find_beginning(text + ".", 0) == len(text) + 1


def test_beginnings_are_all_but_the_empty_one() -> None:
    assert beginnings_of("abc") == "a(?:b(?:c)?)?"


@pytest.mark.parametrize("mark", ["<tool_call>", "[TOOL_CALLS]", '{"name":', '[{"name":', "[get_weather("])
def test_a_mark_is_found_behind_a_long_row_of_what_it_begins_with(mark: str) -> None:
    text = mark[0] * 40 + mark
    kinds, start = [], 0
    while (found := LISTENING.full.search(text, start)) is not None:
        kinds.append(name_kind(found))
        start = found.end()
    assert kinds[0] == "row"
    assert kinds[1:] == [name_kind(LISTENING.full.search(mark) or pytest.fail("no mark"))]
    assert start == len(text)
