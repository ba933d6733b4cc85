"""Frames: numbered without a gap, taken once."""

from __future__ import annotations

from dragoman.dialects.openai_responses.output_frames import PLAIN_TAIL, TEXT_TAIL, OutputFrames, delta_head
from tests.grammars.openai_responses import read_events


def test_frames_are_numbered_and_taken_once() -> None:
    frames = OutputFrames()
    frames.send("response.created", {"response": {}})
    frames.send_delta(delta_head("response.refusal.delta", {"output_index": 0}), 'say "no"\u2028', PLAIN_TAIL)
    frames.send_delta(delta_head("response.output_text.delta", {"output_index": 0}), "yes", TEXT_TAIL)
    assert read_events(frames.take()) == [
        {"type": "response.created", "sequence_number": 0, "response": {}},
        {"type": "response.refusal.delta", "output_index": 0, "delta": 'say "no"\u2028', "sequence_number": 1},
        {"type": "response.output_text.delta", "output_index": 0, "delta": "yes", "logprobs": [], "sequence_number": 2},
    ]
    assert frames.take() == b""


def test_an_item_is_in_progress_until_it_is_done() -> None:
    frames = OutputFrames()
    first = frames.add_item({"id": "a", "status": "completed"})
    second = frames.add_item({"id": "b"})
    frames.finish_item(first, {"id": "a", "status": "completed", "content": []})
    added, bare, done = read_events(frames.take())
    assert added["item"] == {"id": "a", "status": "in_progress"}
    assert bare["item"] == {"id": "b"}
    assert (done["output_index"], done["item"]["content"]) == (0, [])
    assert frames.output() == [{"id": "a", "status": "completed", "content": []}]
    assert second == 1
