"""What Gemini refuses, as far as it is cheap to see.

Names come in camelCase or in snake_case, and unknown ones are refused at every depth, inside the schemas of functions
too. A turn of function calls is followed at once by a turn with exactly as many responses.
"""

from __future__ import annotations

import re
from typing import Any

from tests.simulator.dialect import Call
from tests.simulator.rules import need, need_number, need_object, need_objects, words
from tests.simulator.say import JSON

REQUEST = words(
    "cachedContent contents generationConfig model safetySettings serviceTier store systemInstruction toolConfig tools"
)
SETTINGS = words(
    "candidateCount enableAffectiveDialog enableEnhancedCivicAnswers frequencyPenalty imageConfig logprobs"
    " maxOutputTokens mediaResolution presencePenalty responseFormat responseJsonSchema responseLogprobs"
    " responseMimeType responseModalities responseSchema seed speechConfig stopSequences temperature thinkingConfig topK"
    " topP translationConfig _responseJsonSchema"
)
DATA = words(
    "text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse"
)
PART = DATA | words("thought thoughtSignature mediaResolution partMetadata videoMetadata")
TOOL = words(
    "codeExecution computerUse fileSearch functionDeclarations googleMaps googleSearch googleSearchRetrieval mcpServers"
    " urlContext"
)
FUNCTION = words("behavior description name parameters parametersJsonSchema response responseJsonSchema")
SCHEMA = words(
    "anyOf default description enum example format items maxItems maxLength maxProperties maximum minItems minLength"
    " minProperties minimum nullable pattern properties propertyOrdering required title type"
)
TYPES = words("TYPE_UNSPECIFIED STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL")
FUNCTION_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
SIGNED_MODELS = re.compile(r"gemini-[3-9]")
CALL_TURN = "Please ensure that function call turn comes immediately"
RESPONSE_TURN = "Please ensure that function response turn comes immediately"
BOUNDS = (("temperature", 0, 2), ("topP", 0, 1), ("candidateCount", 1, 8), ("maxOutputTokens", 1, 1 << 31))


def check(call: Call) -> None:
    """Raise a complaint about the first fault found."""
    body = call.body
    if call.operation not in {"generate", "count"}:
        return
    if call.operation == "count":
        body = body.get("generateContentRequest") or body
    request = _known(body, REQUEST, "")
    settings = _known(request.get("generationConfig") or {}, SETTINGS, "generation_config")
    for name, low, high in BOUNDS:
        need_number(settings, name, low, high)
    if settings.get("responseSchema") is not None:
        _check_schema(settings["responseSchema"], "generation_config.response_schema")
    for index, tool in enumerate(need_objects(request.get("tools") or [], "tools", may_be_empty=True)):
        _check_tool(tool, f"tools[{index}]")
    if request.get("systemInstruction") is not None:
        _parts(request["systemInstruction"], "system_instruction")
    contents = need_objects(request.get("contents"), "contents")
    turns = [_turn(content, f"contents[{index}]") for index, content in enumerate(contents)]
    _check_order(contents, turns)
    if SIGNED_MODELS.match(call.model):
        _check_signatures(contents, turns)


def _camel(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])_([a-z])", lambda found: found.group(1).upper(), name)


def _known(value: Any, known: frozenset[str], where: str) -> JSON:
    """An object with its names in camelCase, all of them known."""
    named = {_camel(name): item for name, item in need_object(value, where or "request").items()}
    for name in named:
        place = f" at '{where}'" if where else ""
        need(name in known, f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')
    return named


def _check_tool(tool: JSON, where: str) -> None:
    declared = _known(tool, TOOL, where).get("functionDeclarations")
    if declared is None:
        return
    for index, function in enumerate(need_objects(declared, where)):
        place = f"{where}.function_declarations[{index}]"
        described = _known(function, FUNCTION, place)
        _check_name(described.get("name"), f"{place}.name")
        if described.get("parameters") is not None:
            need(
                "parametersJsonSchema" not in described, f"{place}: parameters and parameters_json_schema are both set"
            )
            _check_schema(described["parameters"], f"{place}.parameters")


def _check_name(name: Any, where: str) -> None:
    need(isinstance(name, str) and FUNCTION_NAME.fullmatch(name), f"{where}: Invalid function name: {name!r}")


def _check_schema(schema: Any, where: str) -> None:
    """The subset of OpenAPI's schemas that the API knows, at every depth."""
    named = _known(schema, SCHEMA, where)
    kind = named.get("type", "OBJECT")
    need(isinstance(kind, str), f"Invalid value at '{where}.type': Proto field is not repeating, cannot start list.")
    need(str(kind).upper() in TYPES, f"Invalid value at '{where}.type': {kind!r}")
    need("anyOf" in named or named.get("type") is not None, f"{where}: type must be specified")
    for value in named.get("enum") or []:
        need(isinstance(value, str), f"Invalid value at '{where}.enum' (TYPE_STRING), {value!r}")
    if str(kind).upper() == "ARRAY":
        need(isinstance(named.get("items"), dict), f"{where}.items: missing field.")
        _check_schema(named["items"], f"{where}.items")
    properties = named.get("properties") or {}
    for name, inner in properties.items():
        _check_schema(inner, f"{where}.properties[{name}]")
    for name in named.get("required") or []:
        need(name in properties, f"{where}.required: property is not defined: {name}")
    for index, inner in enumerate(named.get("anyOf") or []):
        _check_schema(inner, f"{where}.any_of[{index}]")


def _turn(content: JSON, where: str) -> list[JSON]:
    role = content.get("role", "user")
    need(role in {"user", "model", "function"}, "Please use a valid role: user, model.")
    return _parts(content, where)


def _parts(content: Any, where: str) -> list[JSON]:
    parts = _known(content, words("parts role"), where).get("parts")
    need(parts, f"{where}.parts: contents.parts must not be empty.")
    found = []
    for index, part in enumerate(need_objects([parts] if isinstance(parts, dict) else parts, f"{where}.parts")):
        named = _known(part, PART, f"{where}.parts[{index}]")
        data = named.keys() & DATA
        need(data or "thoughtSignature" in named, f"{where}.parts[{index}].data: must have one initialized field")
        need(len(data) <= 1, f"{where}.parts[{index}]: oneof field 'data' is already set")
        for field in ("functionCall", "functionResponse"):
            if field in named:
                need(named[field].get("name"), f"{where}.parts[{index}].{field}.name: Name cannot be empty.")
        if "functionResponse" in named:
            need_object(named["functionResponse"].get("response"), f"{where}.parts[{index}].function_response.response")
        found.append(named)
    return found


def _check_order(contents: list[JSON], turns: list[list[JSON]]) -> None:
    """Neighbours of the same role are one turn: parallel calls, and their responses, may come in several contents."""
    asked = answered = 0
    last_role = ""
    for content, parts in zip(contents, turns, strict=True):
        role = "model" if content.get("role") == "model" else "user"
        calls = sum("functionCall" in part for part in parts)
        responses = sum("functionResponse" in part for part in parts)
        need(
            not calls or (role == "model" and last_role), f"{CALL_TURN} after a user turn or a function response turn."
        )
        if role != last_role and role == "model":
            _need_all(asked, answered)
            asked = answered = 0
        asked, answered, last_role = asked + calls, answered + responses, role
        need(asked or not responses, f"{RESPONSE_TURN} after a function call turn.")
    _need_all(asked, answered)


def _need_all(asked: int, answered: int) -> None:
    message = "Please ensure that the number of function response parts is equal to the number of function call parts"
    need(asked == answered, f"{message} of the function call turn: {answered}, not {asked}.")


def _check_signatures(contents: list[JSON], turns: list[list[JSON]]) -> None:
    """Since the user last spoke, the first call of each step must bring back the signature it came with."""
    spoken = [index for index, content in enumerate(contents) if _is_users_word(content, turns[index])]
    for parts in turns[(spoken or [0])[-1] :]:
        calls = [part for part in parts if "functionCall" in part]
        signed = not calls or calls[0].get("thoughtSignature")
        need(signed, "Function call is missing a thought_signature in functionCall parts.")


def _is_users_word(content: JSON, parts: list[JSON]) -> bool:
    return content.get("role", "user") == "user" and not any("functionResponse" in part for part in parts)
