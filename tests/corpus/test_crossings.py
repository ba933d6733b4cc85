"""Recorded exchanges of each dialect, taken over into the three others: nothing is lost silently, and the maker of the
other dialect accepts what comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest

from dragoman.errors import DragomanError
from dragoman.wire.json_document import encode_json
from tests.corpus.exchanges import read_exchanges
from tests.corpus.makers import complain_of_answer, complain_of_request, complain_of_stream
from tests.matrix.crossing import (
    MODEL,
    NAMES,
    PAIRS,
    Crossing,
    Form,
    cross_request,
    cross_response,
    cross_stream,
    parse_own,
    provider_of,
    read_stream,
)
from tests.matrix.explain import list_unexplained

pytestmark = pytest.mark.corpus

RECORDED_AS = {
    "openai_chat": "openai-chat",
    "openai_responses": "openai-responses",
    "anthropic_messages": "anthropic",
    "gemini_generate": "gemini",
}

FORMS: tuple[Form, ...] = get_args(Form)
CROSSINGS = [pair for pair in PAIRS if set(pair) <= RECORDED_AS.keys()]

UNREADABLE = 3
"""Recordings of one dialect and form that are broken themselves; the dialects' own tests name each."""

BEYOND_DESCRIPTION: dict[str, tuple[str, ...]] = {
    # older than the API: `output_text` in the input, audio, and a `detail` that may be left out
    "openai_responses": ("'output_text' is not among", "'input_audio' is not among", "detail missing"),
    # compatible servers take videos and draw pictures; OpenAI's own refuse both
    "openai_chat": ("text missing", "modalities"),
    # files stored before, which want a beta header; what is no PDF is refused by the API as well
    "anthropic_messages": ("source: data, media_type missing", "is not 'application/pdf'"),
    "gemini_generate": (),
}
"""Complaints of the makers' descriptions that are no fault of the crossing, by words in them."""

OUT_OF_BOUNDS = "temperature: "
"""Recorded to see it refused: the caller's number goes on as it is."""

UNTYPED = ("tool_calls.type: Input should be 'function'", "inlineData.data: Data should be valid base64")
"""SDK types that are behind the API (custom tools in chunks), and data that was shortened when it was recorded."""


@cache
def cross_all(source: str, form: Form) -> tuple[list[tuple[str, Crossing]], int]:
    """Every recorded text of a form, taken into every other dialect, with its id; and how many could not be read."""
    crossings, unreadable = [], 0
    for exchange in read_exchanges(RECORDED_AS[source]):
        try:
            crossings += [(exchange["id"], crossing) for crossing in _cross(exchange, source, form)]
        except DragomanError:
            unreadable += 1
    return crossings, unreadable


def _cross(exchange: dict[str, Any], source: str, form: Form) -> Iterator[Crossing]:
    targets = [target for target in NAMES if target != source]
    is_answer = exchange["status"] == 200
    if form == "request" and exchange["request"] is not None:
        fields = exchange["request"]
        body = encode_json(fields if source == "gemini_generate" else {"model": MODEL, **fields})
        request = parse_own(source, body).for_model(MODEL)
        yield from (cross_request(request, source, target) for target in targets)
    elif form == "response" and is_answer and type(exchange["response"]) is dict:
        response = provider_of(source).parse_response(encode_json(exchange["response"]))
        yield from (cross_response(response, source, target) for target in targets)
    elif form == "stream" and is_answer and exchange["sse_text"]:
        events = read_stream(source, exchange["sse_text"].encode())
        yield from (cross_stream(events, source, target) for target in targets)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", RECORDED_AS)
def test_nothing_recorded_is_lost_silently(source: str, form: Form) -> None:
    crossings, unreadable = cross_all(source, form)
    silent = [(name, crossing.target) for name, crossing in crossings if list_unexplained(crossing)]
    refused = sum(crossing.refusal is not None for _, crossing in crossings)
    failed = sum(crossing.failure is not None for _, crossing in crossings)
    print(f"{source} {form}s: {len(crossings)} crossings, {refused} refused, {failed} told as failures,", end=" ")
    print(f"{unreadable} recordings unreadable; losing silently: {silent}")
    assert crossings
    assert unreadable <= UNREADABLE
    assert len(silent) <= len(crossings) / 200


@pytest.mark.parametrize(("source", "target"), CROSSINGS)
def test_a_recorded_request_is_accepted_in_the_other_dialect(source: str, target: str) -> None:
    complaints: Counter[str] = Counter()
    total = 0
    for name, crossing in cross_all(source, "request")[0]:
        if crossing.target == target and crossing.refusal is None:
            total += 1
            complaint = complain_of_request(target, crossing.wire)
            if complaint and not complaint.startswith(f".{OUT_OF_BOUNDS}"):
                if any(words in complaint for words in BEYOND_DESCRIPTION[target]):
                    continue
                complaints[f"{name}: {complaint}"] += 1
    print(f"{source} → {target}: {total - complaints.total()} of {total} requests accepted; not: {list(complaints)}")
    assert complaints.total() <= total / 100


@pytest.mark.parametrize(("source", "target"), CROSSINGS)
def test_a_recorded_answer_is_read_by_the_sdk_of_the_other_dialect(source: str, target: str) -> None:
    unread: list[str] = []
    total = 0
    for form, complain in (("response", complain_of_answer), ("stream", complain_of_stream)):
        for name, crossing in cross_all(source, form)[0]:
            if crossing.target == target:
                total += 1
                complaint = complain(target, crossing.wire)
                if complaint and not complaint.endswith(UNTYPED) and not any(words in complaint for words in UNTYPED):
                    unread.append(f"{name}: {complaint}")
    print(f"{source} → {target}: {total - len(unread)} of {total} answers and streams read; not: {unread}")
    assert len(unread) <= total / 100
