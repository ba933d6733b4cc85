"""What of a request costs tokens, as amounts by name, without saying what each costs.

The cost of a request is a sum over these amounts, so a turn costs the same wherever it stands, and to leave a turn out
saves just that. Text is measured in tokens of a vocabulary (`Vocabulary`): words, marks and letters of other scripts
by what a piece costs on average; numbers apart, because families cut them differently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import mul
from typing import Any

from dragoman.adapt.counting.pieces import MARKS, NUMBERS, WORDS, count_pieces
from dragoman.adapt.counting.schema_shape import measure_schema
from dragoman.model import content
from dragoman.model.request import CustomTool, FunctionTool, JsonSchemaOutput, ProviderTool, Request, Tool, Turn
from dragoman.wire.json_document import encode_json

Amounts = defaultdict[str, float]
"""How much there is of what; what is not in it is not there."""

Vocabulary = tuple[float, ...]
"""What a piece of each kind costs on average, in the order of `PIECES`."""

ENCRYPTED_CHARACTERS_PER_TOKEN = 4

_WORDS = slice(0, len(WORDS))
_NUMBERS = len(WORDS)
_MARKS = slice(_NUMBERS + len(NUMBERS), _NUMBERS + len(NUMBERS) + len(MARKS))
_SCRIPTS = slice(_MARKS.stop, None)


def measure_text(text: str, vocabulary: Vocabulary, amounts: Amounts) -> None:
    """Add what a text has to the amounts."""
    if not text:
        return
    pieces = count_pieces(text)
    amounts["words"] += sum(map(mul, pieces[_WORDS], vocabulary[_WORDS]))
    amounts["marks"] += sum(map(mul, pieces[_MARKS], vocabulary[_MARKS]))
    if pieces[_NUMBERS]:
        amounts["number_groups"] += pieces[_NUMBERS]
        amounts["digits"] += pieces[_NUMBERS + 1]
        amounts["spaced_numbers"] += pieces[_NUMBERS + 2]
    if not text.isascii():
        amounts["other_scripts"] += sum(map(mul, pieces[_SCRIPTS], vocabulary[_SCRIPTS]))


def count_in_vocabulary(text: str, vocabulary: Vocabulary) -> float:
    """The tokens of a text by the vocabulary alone, for what is not text of the conversation."""
    return sum(map(mul, count_pieces(text), vocabulary)) if text else 0.0


# -- turns -----------------------------------------------------------------------------------------------------------


def measure_turn(turn: Turn, vocabulary: Vocabulary) -> Amounts:
    """All amounts of a turn but its media, which are counted by rules of their own."""
    amounts: Amounts = defaultdict(float)
    amounts["turn_system" if turn.role == "developer" else f"turn_{turn.role}"] = 1
    if turn.name:
        measure_text(turn.name, vocabulary, amounts)
    _measure_parts(turn.parts, vocabulary, amounts)
    return amounts


def _measure_parts(parts: Iterable[content.Part], vocabulary: Vocabulary, amounts: Amounts) -> None:
    for part in parts:
        measure = _BY_KIND.get(type(part))
        if measure is not None:
            measure(part, vocabulary, amounts)


def _measure_plain(part: content.Text, vocabulary: Vocabulary, amounts: Amounts) -> None:
    measure_text(part.text, vocabulary, amounts)
    _measure_token(part.signature, amounts)


def _measure_refusal(part: content.Refusal, vocabulary: Vocabulary, amounts: Amounts) -> None:
    measure_text(part.text, vocabulary, amounts)


def _measure_reasoning(part: content.Reasoning, vocabulary: Vocabulary, amounts: Amounts) -> None:
    amounts["thoughts"] += count_in_vocabulary(part.text or "\n".join(part.summary or ()), vocabulary)
    _measure_token(part.encrypted or part.redacted or part.signature, amounts)


def _measure_token(token: str | None, amounts: Amounts) -> None:
    """What only its minter can read has thoughts in it that count."""
    if token:
        amounts["hidden_thoughts"] += len(token) / ENCRYPTED_CHARACTERS_PER_TOKEN


def _measure_file(part: content.File, vocabulary: Vocabulary, amounts: Amounts) -> None:
    for text in (part.name, part.context):
        measure_text(text or "", vocabulary, amounts)
    if isinstance(part.source, content.PlainText):
        measure_text(part.source.text, vocabulary, amounts)
    elif isinstance(part.source, content.PartList):
        _measure_parts(part.source.parts, vocabulary, amounts)


def _measure_call(part: content.ToolCall, vocabulary: Vocabulary, amounts: Amounts) -> None:
    amounts["calls"] += 1
    _measure_token(part.signature, amounts)
    measure_text(part.name, vocabulary, amounts)
    measure_text(part.arguments, vocabulary, amounts)


def _measure_result(part: content.ToolResult, vocabulary: Vocabulary, amounts: Amounts) -> None:
    amounts["results"] += 1
    _measure_parts(part.parts, vocabulary, amounts)


def _measure_opaque(part: content.Opaque, vocabulary: Vocabulary, amounts: Amounts) -> None:
    measure_text(_write_json(part.value), vocabulary, amounts)


_BY_KIND: dict[type, Callable[[Any, Vocabulary, Amounts], None]] = {
    content.Text: _measure_plain,
    content.Refusal: _measure_refusal,
    content.Reasoning: _measure_reasoning,
    content.File: _measure_file,
    content.ToolCall: _measure_call,
    content.ToolResult: _measure_result,
    content.Opaque: _measure_opaque,
}


def measure_answer(parts: Iterable[content.Part], vocabulary: Vocabulary) -> Amounts:
    """All amounts of what a model said. Thoughts of which there is a text are counted as text."""
    amounts: Amounts = defaultdict(float, answers=1.0)
    for part in parts:
        if isinstance(part, content.ToolCall):
            amounts["answer_calls"] += 1
            measure_text(part.name, vocabulary, amounts)
            measure_text(part.arguments, vocabulary, amounts)
        elif isinstance(part, (content.Text, content.Refusal, content.Reasoning)):
            measure_text(part.text, vocabulary, amounts)
    return amounts


# -- everything else -------------------------------------------------------------------------------------------------


def measure_frame(request: Request, vocabulary: Vocabulary) -> Amounts:
    """All amounts of a request but its turns: what every request has, tools, and the form of the answer."""
    amounts: Amounts = defaultdict(float, request=1.0)
    choice = request.tool_choice
    if request.tools:
        is_idle = choice is not None and choice.mode == "none"
        amounts["has_idle_tools" if is_idle else "has_tools"] = 1
        amounts["tools_alone"] = float(not is_idle and request.reasoning is None)  # models of OpenAI count such anew
        amounts["must_call"] = float(choice is not None and choice.mode == "required")
        for tool in request.tools:
            _measure_tool(tool, vocabulary, amounts, "idle_" if is_idle else "")
    if request.output is not None:
        amounts["output_format"] = 1
        if isinstance(request.output, JsonSchemaOutput) and request.output.schema:
            schema = request.output.schema
            amounts["output_json"] = count_in_vocabulary(_write_json(schema), vocabulary)
            amounts["output_properties"] = measure_schema(schema).properties
        else:
            amounts["output_any_json"] = 1
    wish = request.reasoning
    amounts["thinks"] = float(
        wish is not None and wish.mode != "off" and wish.effort != "none" and not wish.effort_only
    )
    return amounts


def _measure_tool(tool: Tool, vocabulary: Vocabulary, amounts: Amounts, idle: str) -> None:
    amounts[f"{idle}tools"] += 1
    if isinstance(tool, ProviderTool):
        amounts["provider_tools"] += 1
        return
    amounts[f"{idle}tool_names"] += count_in_vocabulary(tool.name, vocabulary)
    amounts[f"{idle}tool_text"] += count_in_vocabulary(tool.description or "", vocabulary)
    schema = tool.format if isinstance(tool, CustomTool) else tool.schema
    if not schema:
        return
    amounts[f"{idle}tool_json"] += count_in_vocabulary(_write_json(schema), vocabulary)
    if isinstance(tool, FunctionTool) and not idle:
        amounts["strict_tools"] += bool(tool.strict)
        shape = measure_schema(schema)
        amounts["tool_text"] += count_in_vocabulary("\n".join(shape.descriptions), vocabulary)
        amounts["tool_properties"] += shape.properties
        amounts["tool_optional"] += shape.optional
        amounts["tool_nested"] += shape.nested
        amounts["tool_choices"] += shape.choices


def _write_json(value: object) -> str:
    return encode_json(value).decode("utf-8", "replace")
