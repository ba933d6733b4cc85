"""`providerOptions` of a whole request: what several providers call differently, into the model's one word.

A caller may speak to several providers at once (`{"anthropic": {…}, "openai": {…}}`), because the program does not
know who will serve. The model has one place for each wish: what the request says itself counts first, then the
provider that stands first; a second, different word for the same wish is left over and becomes a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.ai_sdk_gateway.options import FIELD, Options
from dragoman.dialects.ai_sdk_gateway.wire import (
    CACHE_LIFETIMES,
    DISPLAYS,
    EFFORTS,
    MINTERS,
    REFUSED_GATEWAY_OPTIONS,
    THINKING_MODES,
)
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.wire.json_read import Fields

_EMPTY: tuple[Any, ...] = ("", [], {})


class Wishes:
    """What the options say: `plain` are fields of the request, `reasoning` those of its wish to think."""

    def __init__(self, body: Fields) -> None:
        self.plain: Fields = {}
        self.reasoning: Fields = {}
        self.strict: Any = None
        self._own: Extras = {}
        self._options = Options(body)
        effort = body.get("reasoning")
        if type(effort) is str and effort in EFFORTS:
            self.reasoning["effort"] = EFFORTS[effort]
        for provider, name, value in self._options.left():
            read = _READERS.get((provider, name))
            if _says_nothing(provider, value) or (read is not None and read(self, value)):
                self._options.take(provider, name)
            elif provider == "gateway":
                _refuse_promise(name)

    def extras(self, rest: Fields) -> Extras | None:
        """What nobody had a word for, and what one dialect has a place for."""
        extras = {**self._own, **(self._options.extras(rest=rest) or {})}
        return extras or None

    def put(self, target: Fields, name: str, value: Any) -> bool:
        """Whether the wish could be noted: it was not said before, or it was the same."""
        return bool(target.setdefault(name, value) == value)

    def keep_for(self, provider: str, name: str, value: Any) -> bool:
        """Keep a field for the one dialect that has it, under the name that it has there."""
        self._own.setdefault(MINTERS[provider], {})[name] = value
        return True


def _says_nothing(provider: str, value: Any) -> bool:
    """An empty list of providers, a promise that is not asked for."""
    return value in _EMPTY or (provider == "gateway" and value is False)


def _refuse_promise(name: str) -> None:
    reason = REFUSED_GATEWAY_OPTIONS.get(name)
    if reason is not None:
        raise DragomanError(Kind.UNSUPPORTED, f"This option is not served: {reason}.", path=f"{FIELD}.gateway.{name}")


# -- readers: each says whether it took the option -------------------------------------------------------------------

Read = Callable[[Wishes, Any], bool]


def _plain(field: str, kind: type) -> Read:
    def read(wishes: Wishes, value: Any) -> bool:
        return type(value) is kind and wishes.put(wishes.plain, field, value)

    return read


def _kept(provider: str, name: str) -> Read:
    def read(wishes: Wishes, value: Any) -> bool:
        return wishes.keep_for(provider, name, value)

    return read


def _read_caching(wishes: Wishes, value: Any) -> bool:
    """The gateway places the breakpoints, or leaves it to the provider."""
    return value == "auto" and wishes.put(wishes.plain, "cache", CacheBreakpoint())


def _read_cache(wishes: Wishes, value: Any) -> bool:
    if type(value) is not dict or value.get("type") != "ephemeral":
        return False
    return wishes.put(wishes.plain, "cache", CacheBreakpoint(CACHE_LIFETIMES.get(str(value.get("ttl")))))


def _read_effort(wishes: Wishes, value: Any) -> bool:
    """OpenAI's word, Anthropic's and Gemini's: all of them are words of one list."""
    return type(value) is str and value in EFFORTS and wishes.put(wishes.reasoning, "effort", EFFORTS[value])


def _read_summary(wishes: Wishes, value: Any) -> bool:
    return type(value) is str and wishes.put(wishes.reasoning, "summary", value)


def _read_include(wishes: Wishes, value: Any) -> bool:
    return value == ["reasoning.encrypted_content"] and wishes.put(wishes.reasoning, "encrypted", True)


def _read_logprobs(wishes: Wishes, value: Any) -> bool:
    """True, or how many alternatives are wanted for each token."""
    if type(value) is int:
        wishes.plain["top_logprobs"] = value
    return value is not False and wishes.put(wishes.plain, "logprobs", True)


def _read_strict(wishes: Wishes, value: Any) -> bool:
    wishes.strict = value
    return type(value) is bool


def _read_one_call(wishes: Wishes, value: Any) -> bool:
    """Anthropic says it the other way round."""
    return type(value) is bool and wishes.put(wishes.plain, "parallel_tool_calls", not value)


def _read_thinking(wishes: Wishes, value: Any) -> bool:
    """Anthropic's switch with its budget."""
    mode = THINKING_MODES.get(str(value.get("type"))) if type(value) is dict else None
    if mode is None:
        return False
    wishes.reasoning["mode"] = mode
    _note(wishes, "budget_tokens", value.get("budgetTokens"), int)
    _note(wishes, "display", DISPLAYS.get(str(value.get("display"))), str)
    return True


def _read_thinking_config(wishes: Wishes, value: Any) -> bool:
    """Gemini's: a budget or a level, and whether thoughts are shown."""
    if type(value) is not dict:
        return False
    _note(wishes, "budget_tokens", value.get("thinkingBudget"), int)
    _note(wishes, "effort", EFFORTS.get(str(value.get("thinkingLevel"))), str)
    shown = value.get("includeThoughts")
    if type(shown) is bool:
        wishes.reasoning.setdefault("display", "summary" if shown else "omitted")
    return True


def _note(wishes: Wishes, name: str, value: Any, kind: type) -> None:
    if type(value) is kind:
        wishes.reasoning.setdefault(name, value)


_READERS: dict[tuple[str, str], Read] = {
    ("gateway", "user"): _plain("user", str),
    ("gateway", "serviceTier"): _plain("service_tier", str),
    ("gateway", "caching"): _read_caching,
    ("anthropic", "thinking"): _read_thinking,
    ("anthropic", "effort"): _read_effort,
    ("anthropic", "disableParallelToolUse"): _read_one_call,
    ("anthropic", "cacheControl"): _read_cache,
    ("google", "thinkingConfig"): _read_thinking_config,
    ("google", "serviceTier"): _plain("service_tier", str),
    ("google", "safetySettings"): _kept("google", "safetySettings"),
    ("google", "cachedContent"): _kept("google", "cachedContent"),
    ("google", "labels"): _kept("google", "labels"),
    ("openai", "reasoningEffort"): _read_effort,
    ("openai", "reasoningSummary"): _read_summary,
    ("openai", "include"): _read_include,
    ("openai", "parallelToolCalls"): _plain("parallel_tool_calls", bool),
    ("openai", "serviceTier"): _plain("service_tier", str),
    ("openai", "store"): _plain("store", bool),
    ("openai", "user"): _plain("user", str),
    ("openai", "safetyIdentifier"): _plain("user", str),
    ("openai", "textVerbosity"): _plain("verbosity", str),
    ("openai", "metadata"): _plain("metadata", dict),
    ("openai", "promptCacheKey"): _plain("prompt_cache_key", str),
    ("openai", "previousResponseId"): _plain("previous_response_id", str),
    ("openai", "logprobs"): _read_logprobs,
    ("openai", "strictJsonSchema"): _read_strict,
}
