"""What the same-dialect round trip may change, each rule with its reason."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dragoman.model.response import Response

Fields = dict[str, Any]

OWN_DATA = {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "labels"}
"""Fields whose inside belongs to the caller: nothing in them may change."""


def normalise_request(fields: Fields) -> Fields:
    request: Fields = _normalise(fields)
    request.pop("model", None)  # stands in the URL
    if request.get("generationConfig") == {}:
        del request["generationConfig"]  # says nothing
    if isinstance(request.get("systemInstruction"), str):
        request["systemInstruction"] = {"parts": [{"text": request["systemInstruction"]}]}  # the short form
    contents = request.get("contents", [])
    contents = contents if isinstance(contents, list) else [contents]
    request["contents"] = _join_results([_normalise_content(content) for content in contents])
    if "tools" in request:
        request["tools"] = _gather_tools(request["tools"])
    return request


def _normalise(value: Any, name: str = "") -> Any:
    if name in OWN_DATA:
        return value
    if isinstance(value, list):
        return [_normalise(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    fields = {}
    for key, inner in value.items():
        camel = re.sub(r"(?<=.)_([a-z])", lambda match: match[1].upper(), key)  # both spellings are legal
        if inner is None or (camel == "thought" and inner is False):
            continue  # the default
        fields[camel] = _normalise(inner, camel)
    if isinstance(fields.get("parts"), dict):
        fields["parts"] = [fields["parts"]]  # a lone part
    return fields


def _normalise_content(content: Any) -> Fields:
    if isinstance(content, str):
        return {"role": "user", "parts": [{"text": content}]}  # the short form
    parts = content.setdefault("parts", [])
    said = [part for part in parts if part != {"text": ""}]  # empty text is refused by Vertex and says nothing
    content["parts"] = said or parts[:1]
    return {**content, "parts": [_normalise_part(part) for part in content["parts"]]}


def _normalise_part(part: Fields) -> Fields:
    if "functionCall" in part:
        return {**part, "functionCall": {"args": {}, **part["functionCall"]}}  # no arguments are empty ones
    return part


def _join_results(contents: list[Fields]) -> list[Fields]:
    """Gemini wants the results of one step in one content."""
    joined: list[Fields] = []
    for content in contents:
        if joined and _ends_in_result(joined[-1]) and _is_all_results(content):
            joined[-1] = {**joined[-1], "parts": joined[-1]["parts"] + content["parts"]}
        else:
            joined.append(content)
    return joined


def _ends_in_result(content: Fields) -> bool:
    return bool(content["parts"]) and "functionResponse" in content["parts"][-1]


def _is_all_results(content: Fields) -> bool:
    return bool(content["parts"]) and all("functionResponse" in part for part in content["parts"])


def _gather_tools(groups: list[Fields]) -> list[Fields]:
    """One object of functions, then one object for each tool of Google's own."""
    functions = [function for group in groups for function in group.get("functionDeclarations", [])]
    others = [{name: tool} for group in groups for name, tool in group.items() if name != "functionDeclarations"]
    return [{"functionDeclarations": functions}, *others] if functions else others


def normalise_response(fields: Fields) -> Fields:
    """Vertex leaves out what is the default; an answer without a content is one without parts."""
    response: Fields = _normalise(fields)
    for candidate in response.get("candidates", []):
        candidate.setdefault("index", 0)
        content = candidate.setdefault("content", {})
        content.setdefault("role", "model")
        content["parts"] = [_normalise_part(part) for part in content.get("parts", [])]
    return response


def without_timing(response: Response) -> Response:
    """Our own streams tell the tier and the time of an answer at its end, a provider's at its start."""
    return msgspec.structs.replace(response, service_tier=None, created_unix=None)
