"""The model's settings to `generationConfig`.

What has no place here is a loss; what was said in this dialect comes out in the form in which it went in.
"""

from __future__ import annotations

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.marks import Fields, merge_fields, own_extras, read_marks
from dragoman.dialects.gemini_generate.schema import to_openapi
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import JsonSchemaOutput, ReasoningRequest, Request, Sampling

_SAMPLING = (
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("frequency_penalty", "frequencyPenalty"),
    ("presence_penalty", "presencePenalty"),
    ("seed", "seed"),
)
_WITHOUT_PLACE = ("min_p", "repetition_penalty", "logit_bias")
_PLAIN = (("candidates", "candidateCount"), ("logprobs", "responseLogprobs"), ("top_logprobs", "logprobs"))
_NO_SAMPLING = Sampling()


def emit_config(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    """`generationConfig`; empty where nothing was asked for."""
    config = _emit_sampling(request.sampling, losses)
    for name, word in _PLAIN:
        value = getattr(request, name)
        if value is not None:
            config[word] = value
    if request.max_output_tokens is not None:
        config["maxOutputTokens"] = _limit_tokens(request.max_output_tokens, profile, losses)
    if request.stop is not None:
        config["stopSequences"] = _limit_stops(request.stop, losses)
    if request.modalities is not None:
        config["responseModalities"] = [word.upper() for word in request.modalities]
    if request.output is not None:
        config.update(_emit_output(request, profile, losses))
    if request.reasoning is not None:
        config["thinkingConfig"] = _emit_thinking(request.reasoning, read_marks(request.extras), profile, losses)
    merge_fields(config, own_extras(read_marks(request.extras).get("generationConfig")))
    return config


def _emit_sampling(sampling: Sampling, losses: list[Loss]) -> Fields:
    if sampling == _NO_SAMPLING:
        return {}
    losses += [
        Loss("dropped", f"sampling.{name}", "Gemini has no such setting")
        for name in _WITHOUT_PLACE
        if getattr(sampling, name) is not None
    ]
    return {word: value for name, word in _SAMPLING if (value := getattr(sampling, name)) is not None}


def _limit_stops(stops: list[str], losses: list[Loss]) -> list[str]:
    most = wire.MAX_STOP_SEQUENCES
    if len(stops) > most:
        losses.append(Loss("approximated", "stop", f"only {most} stop sequences are taken"))
    return stops[:most]


def _limit_tokens(wanted: int, profile: Profile, losses: list[Loss]) -> int:
    most = profile.max_output_tokens
    if most is None or wanted <= most:
        return wanted
    losses.append(Loss("approximated", "max_output_tokens", f"the target gives at most {most}"))
    return most


def _emit_output(request: Request, profile: Profile, losses: list[Loss]) -> Fields:
    output = request.output
    notes = read_marks(request.extras)
    if "_responseMimeType" not in notes:
        config: Fields = {"responseMimeType": "application/json"}
    else:
        config = {}
    if type(output) is not JsonSchemaOutput or output.schema is None:
        return config
    if "_responseSchema" in notes:
        config["responseSchema"] = notes["_responseSchema"]
    elif profile.json_schema == "openapi":
        config["responseSchema"] = to_openapi(output.schema, "output.schema", losses)
    else:
        config[notes.get("_schemaField", "responseJsonSchema")] = _describe(output.schema, output.description)
    return config


def _describe(schema: Fields, description: str | None) -> Fields:
    """A description of the whole output has its place in the schema."""
    return schema if description is None else {"description": description, **schema}


# -- thinking --------------------------------------------------------------------------------------------------------


def _emit_thinking(wish: ReasoningRequest, notes: Fields, profile: Profile, losses: list[Loss]) -> Fields:
    config: Fields = {}
    if "_thinkingLevel" in notes and wish.effort is not None:
        config["thinkingLevel"] = notes["_thinkingLevel"]
    if wish.budget_tokens is not None:
        config["thinkingBudget"] = wish.budget_tokens
        if wish.effort is not None and "thinkingLevel" not in config:
            losses.append(Loss("dropped", "reasoning.effort", "the budget says how much"))
    elif profile.thinking_level:
        _emit_level(wish, config, losses)
    else:
        _emit_budget(wish, config, profile, losses)
    if wish.summary not in {None, "auto"}:
        losses.append(Loss("dropped", "reasoning.summary", "thoughts are summarised in one way only"))
    if wish.display == "full":
        losses.append(Loss("approximated", "reasoning.display", "thoughts are shown as summaries"))
    is_shown = wish.display in {"full", "summary"} or wish.summary is not None
    if is_shown or (wish.display is None and wish.mode in {"on", "adaptive"}):
        config["includeThoughts"] = True
    elif "_includeThoughts" in notes:
        config["includeThoughts"] = False
    return config


def _emit_level(wish: ReasoningRequest, config: Fields, losses: list[Loss]) -> None:
    effort = "none" if wish.mode == "off" else wish.effort
    if effort is None or "thinkingLevel" in config:
        return
    config["thinkingLevel"] = wire.LEVEL_BY_EFFORT[effort]
    if effort in wire.INEXACT_LEVELS:
        losses.append(Loss("approximated", "reasoning.effort", f"{effort} as {config['thinkingLevel']}"))


def _emit_budget(wish: ReasoningRequest, config: Fields, profile: Profile, losses: list[Loss]) -> None:
    """-1 leaves the amount to the model, 0 forbids thinking."""
    if wish.mode == "off":
        config["thinkingBudget"] = 0
    elif wish.effort is not None:
        if "thinkingLevel" not in config:
            budget = config["thinkingBudget"] = profile.effort_budgets[wish.effort]
            if budget:
                losses.append(Loss("approximated", "reasoning.effort", f"sent as a budget of {budget} tokens"))
    elif wish.mode in {"on", "adaptive"}:
        config["thinkingBudget"] = -1
