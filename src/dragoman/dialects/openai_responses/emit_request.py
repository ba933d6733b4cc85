"""The model → a request's body.

A request that came in this dialect is written as it was said. In a request that came in another, what that dialect
takes for granted and this one does not is spelled out: nothing is stored, schemas of tools are not strict.
"""

from __future__ import annotations

import hashlib
from typing import Any

from dragoman.dialects.openai_responses.emit_items import InputWriter
from dragoman.dialects.openai_responses.emit_parts import Place
from dragoman.dialects.openai_responses.emit_tools import emit_tool_choice, emit_tools
from dragoman.dialects.openai_responses.marks import (
    Fields,
    find_conversation,
    is_ours,
    plain_fields,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.wire import (
    ENCRYPTED_REASONING,
    MAX_USER_LENGTH,
    MIN_OUTPUT_TOKENS,
    SERVICE_TIERS,
    TEXT_LOGPROBS,
)
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Effort, JsonSchemaOutput, ReasoningRequest, Request, Turn

_UNSAYABLE_SAMPLING = (
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "logit_bias",
)
_UNSAYABLE = ("stop", "modalities", "cache")
_NESTED = frozenset({"text", "text_format", "reasoning"})


def emit_request_fields(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    """The body as plain fields."""
    return _RequestWriter(request, profile, losses).write()


class _RequestWriter:
    def __init__(self, request: Request, profile: Profile, losses: list[Loss]) -> None:
        self.request = request
        self.profile = profile
        self.losses = losses
        self.is_ours = is_ours(request.extras)
        self.marks = read_marks(request.extras)
        self.fields: Fields = {"model": request.model}

    def write(self) -> Fields:
        self._write_turns()
        self._write_tools()
        self._write_sampling()
        self._write_reasoning()
        self._write_text()
        self._write_identity()
        self._write_state()
        self.fields |= {name: value for name, value in plain_fields(self.marks).items() if name not in _NESTED}
        self._report_unsayable()
        return self.fields

    def _lose(self, path: str, detail: str = "") -> None:
        self.losses.append(Loss("dropped", path, detail))

    def _put(self, name: str, value: Any) -> None:
        if value is not None:
            self.fields[name] = value

    def _write_turns(self) -> None:
        turns = self.request.turns
        writer = InputWriter(
            Place(self.losses, is_ours=self.is_ours),
            replay_reasoning=self.profile.replay_reasoning,
            notes=self.marks,
        )
        first = 0
        if self._is_instructed():
            self.fields["instructions"] = self._emit_instructions(turns[0], writer)
            first = 1
        for index in range(first, len(turns)):
            writer.write(turns[index], index)
        items = writer.items
        for place in self.marks.get("_tool_items", ()):
            items.insert(place["index"], place["item"])
        if items or len(turns) > first or not self.is_ours:
            is_string = "_input" in self.marks and len(items) == 1 and type(items[0].get("content")) is str
            self.fields["input"] = items[0]["content"] if is_string else items

    def _is_instructed(self) -> bool:
        """Whether the first turn is the instructions. In a request of another dialect it is the system's text."""
        if self.is_ours:
            return read_instructions(self.request) is not None
        first = self.request.turns[0] if self.request.turns else None
        if first is None or first.role not in ("system", "developer"):
            return False
        return all(isinstance(part, Text) for part in first.parts)

    def _emit_instructions(self, turn: Turn, writer: InputWriter) -> str:
        writer.place.turn = 0
        report_foreign_extras(turn.extras, "turns[0]", self.losses)
        texts: list[str] = []
        for writer.place.part, part in enumerate(turn.parts):
            assert isinstance(part, Text)
            texts.append(part.text)
            if part.cache is not None:
                writer.place.lose("dropped", ".cache", "this provider caches by itself")
            writer.place.report_extras(part.extras)
        return "\n\n".join(texts)

    def _write_tools(self) -> None:
        request = self.request
        tools = request.tools
        if tools is not None:
            own = tools[: self.marks["_tools"] or 0] if "_tools" in self.marks else tools
            if own or self.marks.get("_tools", 0) is not None:
                self.fields["tools"] = emit_tools(own, self.losses, is_own_request=self.is_ours)
        if request.tool_choice is not None and (tools or self.is_ours):
            self.fields["tool_choice"] = emit_tool_choice(request.tool_choice, tools or (), self.losses)
        if request.parallel_tool_calls is not None and (tools or self.is_ours):
            self.fields["parallel_tool_calls"] = request.parallel_tool_calls

    def _write_sampling(self) -> None:
        sampling = self.request.sampling
        for name in ("temperature", "top_p"):
            value = getattr(sampling, name)
            if value is not None and not self.profile.sampling_with_reasoning:
                self._lose(f"sampling.{name}", "this model takes no sampling settings")
                continue
            self._put(name, value)
        if not self.is_ours:
            for name in _UNSAYABLE_SAMPLING:
                if getattr(sampling, name) is not None:
                    self._lose(f"sampling.{name}")
        self._put("max_output_tokens", self._bound_output(self.request.max_output_tokens))
        self._put("top_logprobs", self.request.top_logprobs)

    def _bound_output(self, wanted: int | None) -> int | None:
        if wanted is None:
            return None
        limit = wanted
        if not self.is_ours:
            limit = max(limit, MIN_OUTPUT_TOKENS)
        if self.profile.max_output_tokens is not None:
            limit = min(limit, self.profile.max_output_tokens)
        if limit != wanted:
            self.losses.append(Loss("approximated", "max_output_tokens", f"{wanted} becomes {limit}"))
        return limit

    def _write_reasoning(self) -> None:
        wish = self.request.reasoning
        reasoning: Fields = {}
        if wish is not None:
            effort = self._choose_effort(wish)
            if effort is not None:
                reasoning["effort"] = effort
            summary = wish.summary or ("auto" if wish.display in ("full", "summary") else None)
            if summary is not None:
                reasoning["summary"] = summary
        reasoning |= self.marks.get("reasoning", {})
        if reasoning:
            self.fields["reasoning"] = reasoning
        include = list(self.marks.get("_include", ()))
        if wish is not None and wish.encrypted and ENCRYPTED_REASONING not in include:
            include.append(ENCRYPTED_REASONING)
        if self.request.logprobs and TEXT_LOGPROBS not in include:
            include.append(TEXT_LOGPROBS)
        if include or "_include" in self.marks:
            self.fields["include"] = include

    def _choose_effort(self, wish: ReasoningRequest) -> Effort | None:
        if wish.effort is not None:
            if wish.budget_tokens is not None:
                self.losses.append(Loss("dropped", "reasoning.budget_tokens", "the effort says how much"))
            return wish.effort
        if wish.mode == "off":
            return "none"
        if wish.budget_tokens is None:
            return None
        effort = _effort_for(wish.budget_tokens, self.profile.effort_budgets)
        self.losses.append(Loss("approximated", "reasoning.budget_tokens", f"said as effort {effort}"))
        return effort

    def _write_text(self) -> None:
        request = self.request
        text: Fields = {**self.marks.get("text", {})}
        format_ = emit_format(request)
        if format_ is not None:
            text["format"] = format_
        if request.verbosity is not None:
            text["verbosity"] = request.verbosity
        if text:
            self.fields["text"] = text

    def _write_identity(self) -> None:
        request = self.request
        if request.user is not None:
            self.fields[self.marks.get("_user_field", "safety_identifier")] = self._bound_user(request.user)
        self._put("user", self.marks.get("_user"))
        if request.metadata is not None:
            self.fields["metadata"] = self._emit_metadata(request.metadata)
        self._put("prompt_cache_key", request.prompt_cache_key)

    def _bound_user(self, user: str) -> str:
        """The provider takes 64 characters. A digest still tells users apart."""
        if self.is_ours or len(user) <= MAX_USER_LENGTH:
            return user
        self.losses.append(Loss("renamed", "user", f"longer than {MAX_USER_LENGTH} characters: sent as a digest"))
        return hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()

    def _emit_metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        kept = metadata if self.is_ours else {name: value for name, value in metadata.items() if type(value) is str}
        for name in metadata.keys() - kept.keys():
            self._lose(f"metadata.{name}", "values must be strings")
        return kept

    def _write_state(self) -> None:
        request = self.request
        tier = request.service_tier
        if tier is not None and not self.is_ours and tier not in SERVICE_TIERS:
            self._lose("service_tier", f"{tier!r} is not a tier here")
            tier = None
        self._put("service_tier", tier)
        self._put("store", request.store if self.is_ours else bool(request.store))
        if find_conversation(request.extras) is None:
            self._put("previous_response_id", request.previous_response_id)
        if request.stream:
            self.fields["stream"] = True

    def _report_unsayable(self) -> None:
        request = self.request
        for name in _UNSAYABLE:
            if getattr(request, name):
                self._lose(name)
        if request.candidates is not None and request.candidates > 1:
            self._lose("candidates", "one answer at a time")
        report_foreign_extras(request.extras, "", self.losses)


def read_instructions(request: Request) -> str | None:
    """The instructions of a request that came in this dialect and has some; they are its first turn."""
    if "_instructions" not in read_marks(request.extras) or not request.turns:
        return None
    first = request.turns[0]
    if first.role != "system" or not first.shorthand:
        return None
    only = first.parts[0]
    return only.text if isinstance(only, Text) else None


def emit_format(request: Request) -> Fields | None:
    """`text.format`; None where nothing was said."""
    output = request.output
    marks = read_marks(request.extras)
    rest: Fields = marks.get("text_format", {})
    if output is None:
        return marks.get("_text_format") or (rest if "type" in rest else None)
    if not isinstance(output, JsonSchemaOutput) or output.schema is None:
        return {"type": "json_object"}
    format_: Fields = {"type": "json_schema", "name": output.name or "response", "schema": output.schema}
    for name in ("description", "strict"):
        if getattr(output, name) is not None:
            format_[name] = getattr(output, name)
    return format_ | rest


def _effort_for(budget_tokens: int, budgets: dict[Effort, int]) -> Effort:
    """The highest effort whose usual budget the given one covers; at least the lowest that thinks at all."""
    thinking = sorted((tokens, effort) for effort, tokens in budgets.items() if tokens > 0)
    chosen: Effort = thinking[0][1] if thinking else "low"
    for tokens, effort in thinking:
        if tokens <= budget_tokens:
            chosen = effort
    return chosen
