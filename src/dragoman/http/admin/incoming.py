"""Queries and bodies of the admin API, as the types that their routes say."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.http.admin.routes import Route
from dragoman.http.body import Receive, read_body

MAX_BODY_BYTES = 4 * 1024 * 1024
BODY_SECONDS = 30.0
MAX_PARAMETERS = 100


def read_query(route: Route, query: bytes) -> Any:
    """The query's parameters; one that the route does not know is an error, since it would be silently ignored."""
    if route.query is None:
        return None
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise invalid("The query has too many parameters.") from None
    given = dict(pairs)
    known = route.query.__struct_fields__
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise invalid(f"There is no parameter {unknown[0][:64]!r} here; there are: {', '.join(known)}.", "query")
    try:
        return msgspec.convert(given, route.query, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"{error}.", "query") from None


async def read_call_body(route: Route, content_type: str, receive: Receive) -> Any:
    """The body as JSON. Its type has to be said: forms of foreign pages cannot say this one."""
    if route.body is None:
        return None
    content = await read_body(receive, MAX_BODY_BYTES, BODY_SECONDS)
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise DragomanError(
            Kind.INVALID_REQUEST, "The body must be JSON: say `content-type: application/json`.", status=415
        )
    try:
        return msgspec.json.decode(content or b"{}", type=route.body)
    except msgspec.ValidationError as error:
        raise invalid(f"{error}.", "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid("The body is not JSON.", "body") from None
