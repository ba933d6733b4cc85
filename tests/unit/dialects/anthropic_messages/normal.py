"""What the same-dialect round trip may change, and the profile of the model that a request was made for."""

from __future__ import annotations

from typing import Any

from dragoman.model.profile import Profile


def normalise(value: Any) -> Any:
    """An optional field that is null says the same as one that is not there."""
    if isinstance(value, dict):
        return {name: normalise(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [normalise(inner) for inner in value]
    return value


def normalise_request(fields: dict[str, Any], model: str | None = None) -> dict[str, Any]:
    """Each rule with its reason."""
    request: dict[str, Any] = normalise(fields)
    request.setdefault("model", model)  # some hosts have the model in the URL
    if request.get("stream") is False:
        del request["stream"]  # the default
    if "output_format" in request:  # the older place of the same thing
        request.setdefault("output_config", {})["format"] = request.pop("output_format")
    for tool in request.get("tools", []):
        if tool.get("type") == "custom":
            del tool["type"]  # the default
    return request


def profile_for(fields: dict[str, Any]) -> Profile:
    """The model that this request was made for takes what it says."""
    thinking = (fields.get("thinking") or {}).get("type")
    return Profile(inline_system=True, thinking="adaptive" if thinking == "adaptive" else "budget")
