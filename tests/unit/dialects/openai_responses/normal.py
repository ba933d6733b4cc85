"""What the round trip within the dialect may change, each rule with its reason; and what two readings must agree on."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Part, Text
from dragoman.model.response import Response

MINTED_ANEW = frozenset({"encrypted_content", "fingerprint", "id"})


def normalise_request(fields: dict[str, Any]) -> dict[str, Any]:
    """A request as it comes out again."""
    request: dict[str, Any] = drop_nulls(fields)
    if request.get("stream") is False:
        del request["stream"]  # the default
    for name in ("reasoning", "text"):
        if request.get(name) == {}:
            del request[name]  # an empty object asks for nothing
    return request


def drop_nulls(value: Any) -> Any:
    """An optional field that is null says the same as one that is not there."""
    if isinstance(value, dict):
        return {name: drop_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [drop_nulls(inner) for inner in value]
    return value


def normalise_response(fields: dict[str, Any]) -> dict[str, Any]:
    """An answer as it comes out again."""
    output = [_complete_item(item) for item in fields.get("output") or []]
    return {**fields, "output": output}


def normalise_streamed(fields: dict[str, Any]) -> dict[str, Any]:
    """The answer at a stream's end. Of the item's last telling and the answer's, only what the meaning needs is compared."""
    response = normalise_response(fields)
    for item in response["output"]:
        item.pop("status", None)  # a call that was cut off says so only after it has been sent on
        for name in MINTED_ANEW & item.keys():
            item[name] = bool(item[name])  # some servers mint ids and tokens anew for every event
    return response


def _complete_item(item: dict[str, Any]) -> dict[str, Any]:
    item = {**item}
    if item.get("type") in ("message", "function_call", "custom_tool_call"):
        item.setdefault("id", None)  # an item without an id is given one, which the SDK wants
        item.setdefault("status", "completed")
    if item.get("type") == "message" and isinstance(item.get("content"), list):
        item["content"] = [_complete_text(part) for part in item["content"]]
    return item


def _complete_text(part: dict[str, Any]) -> dict[str, Any]:
    """Old servers leave these out; the SDK wants them."""
    return {"annotations": [], "logprobs": []} | part if part.get("type") == "output_text" else part


def meaning(response: Response) -> Any:
    """An answer without our bookkeeping: what any other dialect sees of it."""
    candidates = [
        msgspec.structs.replace(
            candidate, parts=[_bare(part) for part in candidate.parts], finish=candidate.finish, extras=None
        )
        for candidate in response.candidates
    ]
    return msgspec.structs.replace(response, candidates=candidates, extras=None, service_tier=None)


def _bare(part: Part) -> Part:
    extras = getattr(part, "extras", None)
    if extras is None:
        return part
    kept = {dialect: fields for dialect, fields in extras.items() if dialect != NAME}
    if extras.get(NAME, {}).get("minted"):
        kept[NAME] = {"minted": True}
    changes: dict[str, Any] = {"extras": kept or None}
    if isinstance(part, Text):
        changes["citations"] = part.citations or None
    return msgspec.structs.replace(part, **changes)
