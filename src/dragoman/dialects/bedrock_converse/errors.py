"""A provider's errors: known by the type that stands in a header, else by the status.

Text is matched only where the API gives `ValidationException` for something else; each pattern has its vector. Messages
are in our own words: Amazon's ride in `reply`, for who quotes them.
"""

from __future__ import annotations

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame, read_seconds
from dragoman.errors import DragomanError, Kind, Phase, UpstreamReply, malformed_upstream
from dragoman.wire.json_document import decode_object
from dragoman.wire.json_read import Fields

_KIND_BY_TYPE: dict[str, Kind] = {
    "validationexception": Kind.INVALID_REQUEST,
    "accessdeniedexception": Kind.PERMISSION,
    "unrecognizedclientexception": Kind.AUTHENTICATION,
    "invalidsignatureexception": Kind.AUTHENTICATION,
    "expiredtokenexception": Kind.AUTHENTICATION,
    "incompletesignatureexception": Kind.AUTHENTICATION,
    "missingauthenticationtokenexception": Kind.AUTHENTICATION,
    "resourcenotfoundexception": Kind.NOT_FOUND,
    "conflictexception": Kind.CONFLICT,
    "throttlingexception": Kind.RATE_LIMIT,
    "servicequotaexceededexception": Kind.RATE_LIMIT,
    "modelnotreadyexception": Kind.OVERLOADED,
    "serviceunavailableexception": Kind.OVERLOADED,
    "modeltimeoutexception": Kind.TIMEOUT,
    "modelerrorexception": Kind.UNAVAILABLE,
    "modelstreamerrorexception": Kind.UNAVAILABLE,
    "internalserverexception": Kind.UNAVAILABLE,
}
"""By the name in small letters: in a stream it begins with one, in a header it does not."""

_KIND_BY_STATUS = KIND_BY_STATUS | {424: Kind.UNAVAILABLE}

_KIND_BY_TEXT: tuple[tuple[str, Kind], ...] = (
    ("input is too long", Kind.CONTEXT_LENGTH),
    ("prompt is too long", Kind.CONTEXT_LENGTH),
    ("too many input tokens", Kind.CONTEXT_LENGTH),
    ("exceed context limit", Kind.CONTEXT_LENGTH),
    ("maximum context length", Kind.CONTEXT_LENGTH),
    ("model identifier is invalid", Kind.NOT_FOUND),
    ("on-demand throughput isn", Kind.NOT_FOUND),
    ("content filtering policy", Kind.CONTENT_POLICY),
    ("security token included in the request is", Kind.AUTHENTICATION),
    ("api key", Kind.AUTHENTICATION),
)

_TEXT_IS_READ = frozenset({Kind.INVALID_REQUEST, Kind.PERMISSION})


def parse_error(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
    """An error answer. A body that is not JSON (a proxy's page) leaves only the header and the status to go by."""
    told = {name.lower(): value for name, value in headers}
    try:
        fields = decode_object(body)
    except DragomanError:
        fields = {}
    word = told.get(b"x-amzn-errortype", b"").decode("latin-1") or _text(fields, "__type")
    content_type = told.get(b"content-type", b"application/json").decode("latin-1")
    reply = UpstreamReply(dialect=wire.NAME, status=status, content_type=content_type, body=body)
    retry_after = read_seconds(told.get(b"retry-after"))
    return _classify(_plain_type(word), status, fields, reply, retry_after_seconds=retry_after)


def parse_exception(word: str, payload: bytes) -> DragomanError:
    """An exception amid a stream, which comes with status 200."""
    try:
        fields = decode_object(payload)
    except DragomanError:
        fields = {}
    reply = UpstreamReply(dialect=wire.NAME, status=200, content_type="application/json", body=payload)
    return _classify(_plain_type(word), 500, fields, reply)


def _classify(
    word: str, status: int, fields: Fields, reply: UpstreamReply, *, retry_after_seconds: float | None = None
) -> DragomanError:
    """`status` is what the exception would have; that of the reply is 200 where it came amid a stream."""
    phase: Phase = "body" if reply.status == status else "stream"
    reply.said = _text(fields, "message") or _text(fields, "Message")
    kind = _find_kind(word, status, reply.said)
    blame = map_blame(kind)
    return DragomanError(
        kind,
        MESSAGE_BY_KIND[kind],
        blame=blame,
        status=status if blame == "client" and phase == "body" else None,
        code=word or None,
        phase=phase,
        retry_after_seconds=retry_after_seconds,
        reply=reply,
    )


def _find_kind(word: str, status: int, said: str) -> Kind:
    kind = _KIND_BY_TYPE.get(word.lower())
    if kind is None:
        default = Kind.UNAVAILABLE if status >= 500 or status < 400 else Kind.INVALID_REQUEST
        kind = _KIND_BY_STATUS.get(status, default)
    if kind in _TEXT_IS_READ:
        lowered = said.lower()
        return next((found for text, found in _KIND_BY_TEXT if text in lowered), kind)
    return kind


def _plain_type(word: str) -> str:
    """The name alone: `ValidationException:http://…`, `com.amazon.coral#AccessDeniedException`."""
    return word.partition(":")[0].rpartition("#")[2]


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if type(value) is str else ""


# -- what answers can do wrong ---------------------------------------------------------------------------------------


def blame_upstream(error: DragomanError) -> DragomanError:
    """What our readers call a caller's mistake is the provider's, if it is the provider who wrote it."""
    if error.blame != "client" or error.reply is not None:
        return error
    return malformed_upstream(f"The provider's answer makes no sense at {error.path or 'its top'}.")


def truncated_stream() -> DragomanError:
    """The bytes ended before the message did."""
    return DragomanError(
        Kind.UNAVAILABLE, "The provider's stream was cut off before its end.", blame="upstream", phase="stream"
    )


def malformed_stream(detail: str) -> DragomanError:
    """An event that the dialect does not allow."""
    return DragomanError(
        Kind.UNAVAILABLE,
        f"The provider's stream holds an event that makes no sense ({detail}).",
        blame="upstream",
        phase="stream",
    )
