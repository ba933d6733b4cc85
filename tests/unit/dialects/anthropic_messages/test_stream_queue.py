"""Blocks go out one after another, however they overlap."""

from __future__ import annotations

from dragoman.dialects.anthropic_messages.stream_queue import ARGUMENTS_DELTA, TEXT_DELTA, BlockQueue, OutgoingBlock
from tests.grammars.anthropic_messages import read_events


def text_block() -> OutgoingBlock:
    return OutgoingBlock({"type": "text", "text": ""}, TEXT_DELTA)


def told(out: list[bytes]) -> list[str]:
    """What was written, as `start 0`, `0 text`, `stop 0`."""
    words = []
    for event in read_events(b"".join(out)):
        index = event["index"]
        if event["type"] == "content_block_delta":
            words.append(f"{index} {event['delta'].get('text', event['delta']['type'])}")
        else:
            words.append(f"{event['type'].removeprefix('content_block_')} {index}")
    return words


def test_a_block_that_says_nothing_leaves_no_trace() -> None:
    out: list[bytes] = []
    queue = BlockQueue(out)
    silent, loud = text_block(), text_block()
    queue.close(silent)
    queue.say_text(loud, "a")
    queue.close(loud)
    assert told(out) == ["start 0", "0 a", "stop 0"]


def test_what_overlaps_the_first_block_waits_for_its_end() -> None:
    out: list[bytes] = []
    queue = BlockQueue(out)
    first, second, third = text_block(), text_block(), text_block()
    queue.say_text(first, "a")
    queue.say_text(second, "x")
    queue.say_text(third, "p")
    queue.say_text(first, "b")
    queue.close(second)
    assert told(out) == ["start 0", "0 a", "0 b"]
    queue.close(first)
    assert told(out)[3:] == ["stop 0", "start 1", "1 x", "stop 1", "start 2", "2 p"]
    queue.say_text(third, "q")
    queue.say_delta(third, {"type": "citations_delta", "citation": {}})
    queue.close(third)
    assert told(out)[9:] == ["2 q", "2 citations_delta", "stop 2"]


def test_text_is_escaped_as_json() -> None:
    out: list[bytes] = []
    queue = BlockQueue(out)
    block = OutgoingBlock({"type": "tool_use"}, ARGUMENTS_DELTA)
    queue.begin(block)
    queue.say_text(block, '{"a": "\n\u2028é"}')
    assert read_events(out[-1])[0]["delta"] == {"type": "input_json_delta", "partial_json": '{"a": "\n\u2028é"}'}
