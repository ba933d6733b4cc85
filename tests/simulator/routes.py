"""From a request to a call: which dialect, which operation, whose credential.

Any path prefix is accepted, because providers put their API under different ones and a test can tell providers apart by
it. A credential must stand where the dialect wants it and nowhere else: a key that leaks into a second header is a
fault of whoever sent it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import unquote

import msgspec

from tests.simulator import anthropic, bedrock, chat, gemini, responses
from tests.simulator.complaint import ComplaintError, refuse
from tests.simulator.dialect import Call, Dialect
from tests.simulator.http1 import Request
from tests.simulator.say import JSON

Streaming = Literal["asked", "always", "never"]


class Route(NamedTuple):
    """`streaming`: whether the body asks for a stream, or the path says it."""

    method: str
    pattern: re.Pattern[str]
    dialect: Dialect
    operation: str
    streaming: Streaming = "never"


ROUTES = (
    Route("POST", re.compile(r"/chat/completions$"), chat, "generate", "asked"),
    Route("POST", re.compile(r"/messages/count_tokens$"), anthropic, "count"),
    Route("POST", re.compile(r"/messages$"), anthropic, "generate", "asked"),
    Route(
        "POST",
        re.compile(r"/models/(?P<model>[^/:]+):(?:rawPredict|streamRawPredict)$"),
        anthropic,
        "generate",
        "asked",
    ),
    Route("POST", re.compile(r"/responses$"), responses, "generate", "asked"),
    Route("POST", re.compile(r"/responses/input_tokens$"), responses, "count"),
    Route("POST", re.compile(r"/models/(?P<model>[^/:]+):generateContent$"), gemini, "generate"),
    Route("POST", re.compile(r"/models/(?P<model>[^/:]+):streamGenerateContent$"), gemini, "generate", "always"),
    Route("POST", re.compile(r"/models/(?P<model>[^/:]+):countTokens$"), gemini, "count"),
    Route("POST", re.compile(r"/models/(?P<model>[^/:]+):embedContent$"), gemini, "embed_content"),
    Route("POST", re.compile(r"/models/(?P<model>[^/:]+):batchEmbedContents$"), gemini, "embed_contents"),
    Route("POST", re.compile(r"/model/(?P<model>[^/]+)/converse$"), bedrock, "generate"),
    Route("POST", re.compile(r"/model/(?P<model>[^/]+)/converse-stream$"), bedrock, "generate", "always"),
    Route("POST", re.compile(r"/model/(?P<model>[^/]+)/count-tokens$"), bedrock, "count"),
    Route("POST", re.compile(r"/model/(?P<model>[^/]+)/invoke$"), bedrock, "invoke"),
    Route("POST", re.compile(r"/embeddings$"), chat, "embed"),
    Route("POST", re.compile(r"/completions$"), chat, "complete", "asked"),
    Route("POST", re.compile(r"/moderations$"), chat, "moderate"),
    Route("POST", re.compile(r"/images/generations$"), chat, "draw", "asked"),
    Route("POST", re.compile(r"/audio/speech$"), chat, "speak"),
    Route("POST", re.compile(r"/audio/(transcriptions|translations)$"), chat, "hear"),
    Route("POST", re.compile(r"/rerank$"), chat, "rerank"),
    Route("GET", re.compile(r"/models$"), chat, "models"),
)

MODELS_BY_HEADER: dict[str, Dialect] = {"anthropic-version": anthropic, "x-goog-api-key": gemini}


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else ""


def _identity(request: Request) -> str:
    """Whose signature of Amazon's it is; whether it is a good one, the tests look at."""
    found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/", request.headers.get("authorization", ""))
    return found[1] if found else ""


CARRIERS: dict[str, Callable[[Request], str]] = {
    "authorization": _bearer,
    "sigv4": _identity,
    "x-api-key": lambda request: request.headers.get("x-api-key", ""),
    "api-key": lambda request: request.headers.get("api-key", ""),
    "x-goog-api-key": lambda request: request.headers.get("x-goog-api-key", ""),
    "key": lambda request: request.query.get("key", ""),
}


def read_credentials(request: Request) -> dict[str, str]:
    """Every credential that a request carries, by its place."""
    return {name: key for name, read in CARRIERS.items() if (key := read(request))}


class Found(NamedTuple):
    """Where a request belongs, whether or not it is a good one."""

    dialect: Dialect
    call: Call
    complaint: ComplaintError | None


def find_call(request: Request, *, judge: bool) -> Found:
    """The call that a request is, and what is wrong with it, if `judge` asks for the rules of the dialect."""
    route, model = _find_route(request)
    if route is None:
        known = any(other.pattern.search(request.path) for other in ROUTES)
        complaint = ComplaintError(405 if known else 404, f"Invalid URL ({request.method} {request.path})")
        return Found(chat, Call(request, chat.NAME), complaint)
    body, unreadable = _parse_body(request, route)
    named = model or body.get("model")
    carried = read_credentials(request)
    call = Call(
        request=request,
        dialect=route.dialect.NAME,
        operation=route.operation,
        model=named if isinstance(named, str) else "",
        stream=_stream(route, request, body),
        key=next(iter(carried.values()), ""),
        carrier=next(iter(carried), ""),
        body=body,
    )
    return Found(route.dialect, call, unreadable if unreadable is not None else _complain(route, call, judge=judge))


def _find_route(request: Request) -> tuple[Route | None, str]:
    for route in ROUTES:
        found = route.pattern.search(request.path)
        if found and route.method == request.method:
            if route.operation == "models":
                spoken = next((MODELS_BY_HEADER[name] for name in MODELS_BY_HEADER if name in request.headers), chat)
                route = route._replace(dialect=spoken)  # noqa: PLW2901
            return route, unquote(found.groupdict().get("model", ""))
    return None, ""


def _parse_body(request: Request, route: Route) -> tuple[JSON, ComplaintError | None]:
    if route.method == "GET":
        return {}, None
    if route.operation == "hear":
        fields = re.findall(rb'name="(\w+)"\r\n\r\n(.*?)\r\n--', request.body, re.DOTALL)
        return {name.decode(): value.decode() for name, value in fields}, None
    try:
        return msgspec.json.decode(request.body, type=dict), None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return {}, refuse(f"The body of the request is not valid JSON: {error}")


def _stream(route: Route, request: Request, body: JSON) -> Literal["", "events", "array", "amazon"]:
    if route.streaming == "always" and route.dialect is bedrock:
        return "amazon"
    if route.streaming == "always":
        return "events" if request.query.get("alt") == "sse" else "array"
    return "events" if route.streaming == "asked" and body.get("stream") is True else ""


def _complain(route: Route, call: Call, *, judge: bool) -> ComplaintError | None:
    try:
        _check_credential(route.dialect, call.request)
        if judge and route.method != "GET":
            route.dialect.check(call)
    except ComplaintError as complaint:
        return complaint
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return refuse(f"A value in the request has the wrong type: {error}")
    return None


def _check_credential(dialect: Dialect, request: Request) -> None:
    carried = read_credentials(request).keys()
    if not carried & set(dialect.CARRIERS):
        raise ComplaintError(401, f"No API key: it belongs into {' or '.join(dialect.CARRIERS)}.")
    if len(carried) > 1:
        raise ComplaintError(401, f"More than one API key: in {', '.join(sorted(carried))}.")
