"""The model's request to a provider's, and a client's own bytes to a provider of the same dialect.

Turns become contents. Gemini wants all results of one step in one content, so turns of tools that follow each other
are laid together.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from dragoman.dialects.base import Envelope, WireRequest
from dragoman.dialects.gemini_generate.emit_config import emit_config
from dragoman.dialects.gemini_generate.emit_parts import PartEmitter
from dragoman.dialects.gemini_generate.emit_tools import emit_tool_config, emit_tools
from dragoman.dialects.gemini_generate.marks import Fields, plain_fields, read_marks, report_foreign_extras
from dragoman.dialects.gemini_generate.wire import TIER_BY_CANONICAL
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Role, Turn
from dragoman.wire.json_document import encode_json

_ROLES: dict[Role, str] = {"user": "user", "tool": "user", "assistant": "model"}
_WITHOUT_PLACE = ("verbosity", "user", "metadata", "prompt_cache_key")
_OUTSIDE_BODY = frozenset({"generationConfig", "toolConfig"})


@lru_cache(256)
def build_path(model: str, operation: str) -> str:
    """The path of a model's operation. A model with a slash (`tunedModels/x`) is a resource path of its own."""
    name = model.removeprefix("models/")
    segments = name.split("/")
    if any(segment in {"", ".", ".."} for segment in segments):
        raise invalid("This is not the name of a model.", "model")
    prefix = "/" if len(segments) > 1 else "/models/"
    return f"{prefix}{quote(name, safe='/@')}:{operation}"


def _generate_path(model: str, *, is_stream: bool) -> str:
    return build_path(model, "streamGenerateContent?alt=sse" if is_stream else "generateContent")


def patch_request(envelope: Envelope, model: str) -> WireRequest:
    """The client's bytes as they are: the model stands in the path."""
    return WireRequest(_generate_path(model, is_stream=envelope.stream), envelope.document.body)


def emit_request(request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
    """The whole request."""
    body = emit_body(request, profile, losses)
    return WireRequest(_generate_path(request.model, is_stream=request.stream), encode_json(body))


def emit_count_request(request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
    """The same request for counting only; wrapped, so that system text and tools count too."""
    name = request.model if "/" in request.model else f"models/{request.model}"
    body = {"model": name, **emit_body(request, profile, losses)}
    return WireRequest(build_path(request.model, "countTokens"), encode_json({"generateContentRequest": body}))


def emit_body(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    """The body of a generating request."""
    if request.previous_response_id is not None:
        raise DragomanError(
            Kind.UNSUPPORTED,
            "Gemini keeps no earlier answers; send the whole conversation.",
            path="previous_response_id",
        )
    report_foreign_extras(request.extras, "", losses)
    losses += [
        Loss("dropped", name, "Gemini has no such field")
        for name in _WITHOUT_PLACE
        if getattr(request, name) is not None
    ]
    if request.cache is not None:
        losses.append(Loss("dropped", "cache", "Gemini places cache breakpoints itself"))
    if request.parallel_tool_calls is False:
        losses.append(Loss("dropped", "parallel_tool_calls", "Gemini calls several tools at once as it likes"))
    body = _Conversation(profile, losses).emit(request.turns)
    tools = emit_tools(request, profile, losses)
    if tools or request.tools is not None:
        body["tools"] = tools
    tool_config = emit_tool_config(request, losses)
    if tool_config is not None:
        body["toolConfig"] = tool_config
    config = emit_config(request, profile, losses)
    if config:
        body["generationConfig"] = config
    _emit_settings(request, body, losses)
    return body


def _emit_settings(request: Request, body: Fields, losses: list[Loss]) -> None:
    if request.store is not None:
        body["store"] = request.store
    if request.service_tier not in {None, "auto"}:
        tier = TIER_BY_CANONICAL.get(request.service_tier or "")
        if tier is None:
            losses.append(Loss("dropped", "service_tier", "Gemini knows standard, flex and priority"))
        else:
            body["serviceTier"] = tier
    if request.extras is not None:
        body.update({name: v for name, v in plain_fields(request.extras).items() if name not in _OUTSIDE_BODY})


class _Conversation:
    """The turns of a request on their way to `systemInstruction` and `contents`."""

    def __init__(self, profile: Profile, losses: list[Loss]) -> None:
        self._profile = profile
        self._losses = losses
        self._parts = PartEmitter(losses, profile)
        self._system: list[Fields] = []
        self._system_rest: Fields = {}
        self._contents: list[Fields] = []

    def emit(self, turns: list[Turn]) -> Fields:
        """Both fields."""
        before: Turn | None = None
        for index, turn in enumerate(turns):
            path = f"turns[{index}]"
            report_foreign_extras(turn.extras, path, self._losses)
            if turn.name is not None:
                self._losses.append(Loss("dropped", f"{path}.name", "Gemini has no names of speakers"))
            if turn.role in {"system", "developer"}:
                self._add_system(turn, path)
            else:
                self._add_content(turn, before, path)
                before = turn
        if self._profile.dummy_signature is not None:
            self._sign_calls(self._profile.dummy_signature)
        if self._system and not self._contents:
            self._losses.append(Loss("moved", "turns[0]", "a conversation needs a user's turn"))
            return {"contents": [{"role": "user", "parts": self._system}]}
        if not self._system and not self._system_rest:
            return {"contents": self._contents}
        return {"systemInstruction": {"parts": self._system, **self._system_rest}, "contents": self._contents}

    def _add_system(self, turn: Turn, path: str) -> None:
        if self._contents:
            self._losses.append(Loss("moved", path, "system text amid the conversation goes to its head"))
        self._system += self._parts.emit_parts(turn.parts, path)
        self._system_rest.update(plain_fields(turn.extras))
        if "_role" in (marks := read_marks(turn.extras)):
            self._system_rest["role"] = marks["_role"]

    def _add_content(self, turn: Turn, before: Turn | None, path: str) -> None:
        parts = self._parts.emit_parts(turn.parts, path)
        if before is not None and (turn.joined or before.role == turn.role == "tool"):
            self._contents[-1]["parts"] += parts
            return
        if turn.parts and not parts:
            return  # all of it had no place here, which has been noted
        content: Fields = {"role": _ROLES[turn.role], "parts": parts}
        if turn.extras is not None:
            content.update(plain_fields(turn.extras))
            word = read_marks(turn.extras).get("_role")
            if word is not None:
                content["role"] = word
                if not word:
                    del content["role"]
        self._contents.append(content)

    def _sign_calls(self, dummy: str) -> None:
        """Gemini 3 demands a signature on the first call of each step; a foreign history has none."""
        for content in self._contents:
            calls = [part for part in content["parts"] if "functionCall" in part]
            if calls and not any("thoughtSignature" in part for part in calls):
                calls[0]["thoughtSignature"] = dummy
