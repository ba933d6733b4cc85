"""Small conversations in the words of no dialect: what is asked, what the model says, what a client must hear."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.simulator import Say, Thinking, ToolCall, say
from tests.simulator.say import Refusal, Tokens

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


class Call(msgspec.Struct, frozen=True):
    """A tool call as a client sees it; `id` only where a test answers it."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


class Result(msgspec.Struct, frozen=True):
    """What a tool gave back."""

    call_id: str
    text: str
    image: bool = False


class Ask(msgspec.Struct, frozen=True):
    """One request. `history` is a finished round of tool use: calls and their results."""

    text: str = "Say hello."
    system: str | None = None
    image: bool = False
    tools: bool = False
    calls: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()
    schema: bool = False
    thinking: bool = False
    max_tokens: int = 2000

    @property
    def words(self) -> list[str]:
        """What must be found in the request that a provider gets, whatever its dialect."""
        words = [self.text, *([self.system] if self.system else []), *([PIXEL] if self.image else [])]
        words += ["get_weather", "city"] if self.tools else []
        words += [name for call in self.calls for name in call.arguments.values()]
        for result in self.results:
            words += [result.text, *([PIXEL] if result.image else [])]
        return [*words, *(["name", "age"] if self.schema else []), str(self.max_tokens)]


class Heard(msgspec.Struct, frozen=True):
    """An answer as a client's SDK shows it. Finish in the words of the canonical model."""

    text: str
    calls: tuple[Call, ...] = ()
    thinking: str = ""
    finish: str = "stop"
    input_tokens: int = 12
    output_tokens: int = 5
    cached_tokens: int = 0


class Story(msgspec.Struct, frozen=True):
    name: str
    ask: Ask
    say: Say
    heard: Heard

    def __repr__(self) -> str:
        return self.name


USAGE = Tokens(input=12, output=5)


def tell(*parts: Any, usage: Tokens = USAGE, **more: Any) -> Say:
    """A script with a fixed bill."""
    return msgspec.structs.replace(say(*parts), usage=usage, **more)


PARIS, ROME = Call("get_weather", {"city": "Paris"}), Call("get_weather", {"city": "Rome"})

STORIES = [
    Story("text", Ask(), tell("Hello! How can I help?"), Heard("Hello! How can I help?")),
    Story("system", Ask(system="Be brief."), tell("Hi."), Heard("Hi.")),
    Story("unicode", Ask('Grüße 👋 \u2028 {"a"}'), tell("Größe \u2028 🎉 \\n"), Heard("Größe \u2028 🎉 \\n")),
    Story("image", Ask("What is this?", image=True), tell("One pixel."), Heard("One pixel.")),
    Story("truncation", Ask(max_tokens=16), tell("Once upon", finish="length"), Heard("Once upon", finish="length")),
    Story(
        "parallel-tool-calls",
        Ask("What is the weather in Paris and in Rome?", tools=True),
        tell(
            "Let me look.",
            ToolCall("get_weather", ('{"ci', 'ty":"Pa', 'ris"}')),
            ToolCall("get_weather", '{"city":"Rome"}'),
        ),
        Heard("Let me look.", (PARIS, ROME), finish="tool_calls"),
    ),
    Story(
        "tool-results",
        Ask(
            "What is the weather in Paris and in Rome?",
            tools=True,
            calls=(Call("get_weather", {"city": "Paris"}, "call_1"), Call("get_weather", {"city": "Rome"}, "call_2")),
            results=(Result("call_1", "sunny"), Result("call_2", "rain")),
        ),
        tell("Sunny in Paris, rain in Rome."),
        Heard("Sunny in Paris, rain in Rome."),
    ),
    Story(
        "tool-result-image",
        Ask(
            "Take a picture.",
            tools=True,
            calls=(Call("get_weather", {"city": "Paris"}, "call_1"),),
            results=(Result("call_1", "here it is", image=True),),
        ),
        tell("A red pixel."),
        Heard("A red pixel."),
    ),
    Story(
        "thinking",
        Ask("Is 7 prime?", thinking=True, max_tokens=4000),
        tell(
            Thinking("Seven has no divisors.", signature="c2ln"), "Yes.", usage=Tokens(input=12, output=2, reasoning=3)
        ),
        Heard("Yes.", thinking="Seven has no divisors."),
    ),
    Story("structured-output", Ask(schema=True), tell('{"name":"Ada","age":36}'), Heard('{"name":"Ada","age":36}')),
    Story(
        "cached-usage",
        Ask(),
        tell("Hello again.", usage=Tokens(input=10, cached=90, output=5)),
        Heard("Hello again.", input_tokens=100, cached_tokens=90),
    ),
]

REFUSAL = Story(
    "refusal", Ask(), tell(Refusal("I cannot help with that."), finish="refusal"), Heard("", finish="refusal")
)
