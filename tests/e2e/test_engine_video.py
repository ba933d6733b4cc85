"""Videos, images in odd formats and images by URL reach a local model that only takes PNG and JPEG."""

from __future__ import annotations

import base64
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e.colours import DIALECTS, QUESTION, read_text
from tests.e2e.gateway import Gateway, running_gateway
from tests.e2e.raw import Answered, ask, read_error
from tests.media_files import build_square, build_video, build_webp
from tests.tiny_models import SEER, SEER_EYE

COLOURS = ["red", "green", "blue"]
VIDEO = build_video(COLOURS, side=32)
SAID = "The colour is red green blue."
CONFIG = """
discover_providers: false
local: {{folder: {folder}, threads: 1}}
media: {{own_networks: [127.0.0.1], ports: [{port}]}}
providers: {{local: }}
"""


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a web server on this machine has a video and an image."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "film.mp4").write_bytes(VIDEO)
    (folder / "square.png").write_bytes(build_square("blue"))
    (folder / "square.webp").write_bytes(build_webp("green"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def gateway(files: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("models")
    save_added(folder, {"seer": build_added("seer", SEER, SEER_EYE, 2048)})
    config = CONFIG.format(folder=folder, port=files.rpartition(":")[2])
    with running_gateway(tmp_path_factory.mktemp("gateway"), config) as running:
        yield running


def inline(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def ask_chat(gateway: Gateway, kind: str, url: str, **more: Any) -> Answered:
    content = [{"type": kind, kind: {"url": url}}, {"type": "text", "text": QUESTION}]
    body = {"model": "local/seer", "messages": [{"role": "user", "content": content}], "temperature": 0, **more}
    return ask(gateway.url, "/v1/chat/completions", json.dumps({"max_tokens": 20, **body}).encode())


def ask_gemini(gateway: Gateway, part: dict[str, Any], method: str = "generateContent") -> Answered:
    body = {
        "contents": [{"role": "user", "parts": [part, {"text": QUESTION}]}],
        "generationConfig": {"temperature": 0, "maxOutputTokens": 20},
    }
    return ask(gateway.url, f"/v1beta/models/local/seer:{method}", json.dumps(body).encode())


def check_video(dialect: str, answered: Answered) -> None:
    assert answered.status == 200, answered.body
    assert read_text(dialect, answered.json).strip() == SAID
    assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"


def test_three_seconds_of_colours_are_told_in_their_order(gateway: Gateway) -> None:
    check_video("chat", ask_chat(gateway, "video_url", inline(VIDEO, "video/mp4")))


def test_a_video_inside_a_gemini_request_is_seen(gateway: Gateway) -> None:
    blob = {"mimeType": "video/mp4", "data": base64.b64encode(VIDEO).decode()}
    check_video("gemini", ask_gemini(gateway, {"inlineData": blob}))


def test_a_video_by_its_url_is_seen_in_both_dialects_that_have_them(gateway: Gateway, files: str) -> None:
    check_video("chat", ask_chat(gateway, "video_url", f"{files}/film.mp4"))
    data = {"fileUri": f"{files}/film.mp4", "mimeType": "video/mp4"}
    check_video("gemini", ask_gemini(gateway, {"fileData": data}))


def test_a_stream_tells_the_same(gateway: Gateway) -> None:
    answered = ask_chat(gateway, "video_url", inline(VIDEO, "video/mp4"), stream=True)
    assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"
    events = [json.loads(line[6:]) for line in answered.body.splitlines() if line.startswith(b"data: {")]
    text = "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])
    assert text.strip() == SAID


def test_a_strict_caller_is_told_what_would_be_sampled(gateway: Gateway) -> None:
    content = [{"type": "video_url", "video_url": {"url": inline(VIDEO, "video/mp4")}}]
    body = {"model": "local/seer", "messages": [{"role": "user", "content": content}]}
    headers = {"x-dragoman-strict": "true"}
    answered = ask(gateway.url, "/v1/chat/completions", json.dumps(body).encode(), headers)
    assert answered.status == 400
    assert "3 frames, one every 1 s, of a video of 3 s" in read_error("chat", answered)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_image_by_its_url_is_fetched_in_every_dialect(dialect: str, gateway: Gateway, files: str) -> None:
    url = f"{files}/square.png"
    shown: dict[str, Any] = {
        "responses": {"type": "input_image", "image_url": url},
        "anthropic": {"type": "image", "source": {"type": "url", "url": url}},
    }
    if dialect == "chat":
        answered = ask_chat(gateway, "image_url", url)
    elif dialect == "gemini":
        answered = ask_gemini(gateway, {"fileData": {"fileUri": url, "mimeType": "image/png"}})
    else:
        kind = "input_text" if dialect == "responses" else "text"
        turn = {"role": "user", "content": [shown[dialect], {"type": kind, "text": QUESTION}]}
        named = {"input": [turn]} if dialect == "responses" else {"messages": [turn], "max_tokens": 20}
        path = "/v1/responses" if dialect == "responses" else "/v1/messages"
        body = json.dumps({"model": "local/seer", "temperature": 0, **named}).encode()
        answered = ask(gateway.url, path, body)
    assert answered.status == 200, answered.body
    assert read_text(dialect, answered.json).strip() == "The colour is blue."
    assert "approximated" not in answered.headers.get("x-dragoman-losses", "")


def test_an_image_in_a_format_that_the_model_does_not_read_is_redrawn(gateway: Gateway, files: str) -> None:
    answered = ask_chat(gateway, "image_url", f"{files}/square.webp")
    assert read_text("chat", answered.json).strip() == "The colour is green."
    assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"


def test_what_lies_elsewhere_is_not_fetched(gateway: Gateway) -> None:
    answered = ask_chat(gateway, "image_url", f"{gateway.url}/healthz")
    assert answered.status == 400
    assert "port that is not allowed" in read_error("chat", answered)


def test_a_broken_video_is_refused_in_plain_words(gateway: Gateway) -> None:
    answered = ask_chat(gateway, "video_url", inline(VIDEO[:900], "video/mp4"))
    assert answered.status == 400
    assert "cannot be decoded" in read_error("chat", answered)
