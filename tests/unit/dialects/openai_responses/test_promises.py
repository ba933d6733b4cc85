"""What a caller in background mode sees from promise to answer."""

from __future__ import annotations

import json

from dragoman.dialects.openai_responses import promises
from dragoman.dialects.openai_responses.stream_emit import ResponsesEmitter
from dragoman.model.request import Request
from dragoman.model.stream import StreamStart

ID = "resp_dragoman_" + "1" * 24


def make_promise() -> bytes:
    emitter = ResponsesEmitter(Request(model="m", turns=[]), [])
    return promises.emit_promise(emitter.emit([StreamStart(ID, "m", 1_750_000_000)]))


def test_a_promise_is_a_whole_response_that_is_in_progress() -> None:
    promise = make_promise()
    shown = json.loads(promise)
    assert (shown["id"], shown["object"], shown["status"]) == (ID, "response", "in_progress")
    assert (shown["background"], shown["store"], shown["output"]) == (True, True, [])
    assert promises.is_promise(promise)
    assert promises.is_background(promise)


def test_an_answer_takes_the_name_that_was_promised() -> None:
    kept = promises.keep_promise(make_promise(), b'{"id": "resp_other", "status": "completed", "output": [1e2]}')
    assert json.loads(kept) == {"id": ID, "status": "completed", "output": [100.0], "background": True, "store": True}
    assert b"[1e2]" in kept
    assert not promises.is_promise(kept)


def test_a_promise_that_cannot_be_kept_says_why() -> None:
    error = b'{"error": {"message": "No such model.", "type": "invalid_request_error", "code": "model_not_found"}}'
    broken = json.loads(promises.break_promise(make_promise(), *promises.read_failure(error)))
    assert broken["status"] == "failed"
    assert broken["error"] == {"code": "model_not_found", "message": "No such model."}
    assert promises.read_failure(b"{}") == ("server_error", "It failed.")


def test_a_promise_can_be_cancelled() -> None:
    assert json.loads(promises.cancel_promise(make_promise()))["status"] == "cancelled"
