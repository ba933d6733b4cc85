"""Classes that never overlap, both ways."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.gemini_generate.usage import emit_usage, parse_usage
from dragoman.model.usage import Usage
from tests.reports import without_report

ODD = st.none() | st.integers(-2, 9) | st.sampled_from(["3", 2.0, True, [], {}])
ROWS = st.lists(st.fixed_dictionaries({"modality": st.sampled_from(["TEXT", "AUDIO", "IMAGE"]), "tokenCount": ODD}))
TIERS = st.sampled_from(["flex", "standard", "ON_DEMAND_FLEX", None, 7])


@given(
    st.dictionaries(
        st.sampled_from(["candidatesTokenCount", "cachedContentTokenCount", "thoughtsTokenCount", "totalTokenCount"]),
        ODD,
    ),
    st.fixed_dictionaries(
        {"promptTokenCount": ODD},
        optional={
            "promptTokensDetails": ROWS | ODD,
            "candidatesTokensDetails": ROWS | ODD,
            "serviceTier": TIERS,
            "trafficType": TIERS,
        },
    ),
)
def test_what_fits_the_usual_form_means_the_same_as_with_care(counts: dict[str, Any], more: dict[str, Any]) -> None:
    usage, careful = parse_usage({**counts, **more}), parse_usage({**counts, **more, "toolUsePromptTokenCount": 0})
    assert without_report(usage) == without_report(careful)


def test_cache_tools_and_thoughts_stand_apart() -> None:
    usage = parse_usage(
        {
            "promptTokenCount": 2112,
            "cachedContentTokenCount": 1800,
            "toolUsePromptTokenCount": 30,
            "candidatesTokenCount": 6,
            "thoughtsTokenCount": 20,
            "totalTokenCount": 2168,
        }
    )
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.output, usage.reasoning) == (342, 1800, 6, 20)


def test_audio_and_images_have_classes_of_their_own() -> None:
    usage = parse_usage(
        {
            "promptTokenCount": 300,
            "cachedContentTokenCount": 40,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 10},
                {"modality": "AUDIO", "tokenCount": 32},
                {"modality": "IMAGE", "tokenCount": 258},
            ],
            "cacheTokensDetails": [{"modality": "IMAGE", "tokenCount": 40}],
            "candidatesTokenCount": 1295,
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
        }
    )
    assert usage is not None
    assert (usage.input, usage.input_audio, usage.input_image, usage.cache_read) == (10, 32, 218, 40)
    assert (usage.output, usage.output_image) == (5, 1290)


def test_details_that_exceed_their_sum_never_make_a_class_negative() -> None:
    usage = parse_usage(
        {
            "promptTokenCount": 10,
            "cachedContentTokenCount": 8,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}, {"modality": "IMAGE", "tokenCount": 9}],
            "candidatesTokenCount": 1,
            "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}, {"modality": "IMAGE", "tokenCount": 9}],
        }
    )
    assert usage is not None
    assert (usage.input, usage.input_audio, usage.input_image, usage.output, usage.output_audio) == (0, 2, 0, 0, 1)


def test_an_object_without_counts_is_no_usage() -> None:
    assert parse_usage({"trafficType": "ON_DEMAND"}) is None
    assert parse_usage("nothing") is None
    assert parse_usage({"promptTokenCount": "many"}) == Usage(reported={"promptTokenCount": "many"})


def test_usage_of_others_is_told_with_sums_that_hold() -> None:
    usage = Usage(input=10, cache_read=5, cache_write_1h=3, input_image=2, output=7, reasoning=4, output_audio=1)
    assert emit_usage(usage) == {
        "promptTokenCount": 20,
        "candidatesTokenCount": 8,
        "totalTokenCount": 32,
        "cachedContentTokenCount": 5,
        "thoughtsTokenCount": 4,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 18}, {"modality": "IMAGE", "tokenCount": 2}],
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 7}, {"modality": "AUDIO", "tokenCount": 1}],
    }


def test_a_report_in_our_words_goes_out_as_it_came() -> None:
    reported = {"promptTokenCount": 1, "totalTokenCount": 1, "serviceTier": "standard"}
    assert emit_usage(Usage(input=99, reported=reported)) is reported
    assert emit_usage(Usage(input=1, reported={"prompt_tokens": 1}))["promptTokenCount"] == 1
