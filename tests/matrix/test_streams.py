"""A stream that is taken over is a legal stream there, and tells what the whole answer would have told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dragoman.model.loss import Loss
from dragoman.model.response import Response
from tests.grammars import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.matrix.crossing import ANSWERED, NAMES, Crossing, cross, cross_response, list_vectors, read_stream
from tests.matrix.explain import read_facts
from tests.matrix.joining import Saying, join_facts
from tests.stream_grammar import check_events

GRAMMARS: dict[str, Callable[[bytes], None]] = {
    "openai_chat": openai_chat.check_stream,
    "openai_responses": openai_responses.check_stream,
    "anthropic_messages": anthropic_messages.check_stream,
    "gemini_generate": gemini_generate.check_stream,
}


def test_every_dialect_has_a_grammar() -> None:
    assert set(GRAMMARS) == set(NAMES)


@pytest.mark.parametrize(("source", "target"), ANSWERED)
def test_a_stream_is_legal_in_the_dialect_that_it_was_taken_into(source: str, target: str) -> None:
    for vector in list_vectors(source, "stream"):
        crossing = cross(vector, "stream", target)
        GRAMMARS[target](crossing.wire)
        check_events(read_stream(target, crossing.wire))


@pytest.mark.parametrize(("source", "target"), ANSWERED)
def test_a_stream_tells_what_the_whole_answer_tells(source: str, target: str) -> None:
    for vector in list_vectors(source, "stream"):
        streamed = cross(vector, "stream", target)
        whole = answer_whole(streamed)
        assert tell(streamed) == tell(whole), f"{vector} → {target}"
        assert list_losses(streamed.losses) == list_losses(whole.losses), f"{vector} → {target}"


def answer_whole(streamed: Crossing) -> Crossing:
    """What the stream said, as an answer in one piece."""
    assert isinstance(streamed.before, Response)
    return cross_response(streamed.before, streamed.source, streamed.target)


def tell(crossing: Crossing) -> list[tuple[str, str]]:
    """What the client understands. Only a stream can say where among calls and pictures a text stands, so all of the
    texts are one and stand first; what the target's parser notes of its own words depends on the framing."""
    assert crossing.after is not None
    sayings = join_facts(read_facts(crossing.after, crossing.target))
    texts = "".join(saying.value.strip('"') for saying in sayings if saying.topic == "candidates.text.text")
    return [("candidates.text.text", texts), *(saying.meaning for saying in sayings if not is_free(saying, crossing))]


def is_free(saying: Saying, crossing: Crossing) -> bool:
    return saying.topic in {"candidates.text", "candidates.text.text"} or saying.topic.startswith(
        f"extras.{crossing.target}."
    )


def list_losses(losses: list[Loss]) -> set[tuple[str, str]]:
    """What both ways of answering must tell: streams do not count citations, and only they have events of a provider's
    own and an order to keep. A field of a part that is lost as a whole need not be told."""
    told = {(loss.code, loss.path) for loss in losses if loss.code != "moved" and not loss.path.startswith("events.")}
    paths = {path for _, path in told}
    return {
        (code, path.partition(".citations")[0] + (".citations" if ".citations" in path else ""))
        for code, path in told
        if not any(path.startswith(f"{other}.") for other in paths)
    }


def test_a_stream_that_tells_less_is_noticed() -> None:
    vector = next(vector for vector in list_vectors("openai_chat", "stream") if vector.name == "parallel-tool-calls")
    streamed = cross(vector, "stream", "anthropic_messages")
    whole = answer_whole(streamed)
    assert isinstance(whole.after, Response)
    whole.after.candidates[0].parts.pop()
    assert tell(streamed) != tell(whole)
