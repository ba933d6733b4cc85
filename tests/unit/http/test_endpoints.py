"""Paths and what they mean."""

from __future__ import annotations

import pytest

from dragoman.dialects.base import Operation
from dragoman.dialects.registry import DIALECTS, OPERATIONS
from dragoman.http.endpoints import GEMINI_VERBS, LOOKUPS, PATHS, EndpointTable
from dragoman.service.exchange import Generate, Inbound, ReplySink


async def generate(inbound: Inbound, sink: ReplySink) -> None:
    """Stands for the use case."""


async def count(inbound: Inbound, sink: ReplySink) -> None:
    """Stands for the other one."""


async def forward(inbound: Inbound, sink: ReplySink) -> None:
    """Stands for what is only passed on."""


ANSWERS: dict[Operation, Generate] = {"generate": generate, "count_tokens": count, "forward": forward}
TABLE = EndpointTable(DIALECTS | OPERATIONS, ANSWERS)


@pytest.mark.parametrize("path", PATHS)
def test_every_listed_path_is_served_in_its_dialect(path: str) -> None:
    endpoint = TABLE.find(path)
    assert endpoint is not None
    assert endpoint.client.name == PATHS[path][0]
    assert endpoint.answer is ANSWERS[PATHS[path][1]]


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
@pytest.mark.parametrize(
    ("rest", "model", "stream"),
    [
        ("gemini-2.5-pro:generateContent", "gemini-2.5-pro", False),
        ("gemini-2.5-pro:streamGenerateContent", "gemini-2.5-pro", True),
        ("openai/gpt-5:generateContent", "openai/gpt-5", False),
        ("openrouter/x/y:free:streamGenerateContent", "openrouter/x/y:free", True),
        ("a%2Fb:countTokens", "a/b", False),
    ],
)
def test_gemini_paths_carry_model_and_stream(version: str, rest: str, model: str, stream: bool) -> None:
    endpoint = TABLE.find(f"/{version}/models/{rest}", b"alt=sse")
    assert endpoint is not None
    assert endpoint.client.name == "gemini_generate"
    assert (endpoint.path_model, endpoint.path_stream) == (model, stream)
    assert endpoint.answer is (count if rest.endswith("countTokens") else generate)


@pytest.mark.parametrize(
    ("verb", "name"), [("embedContent", "gemini_embeddings"), ("batchEmbedContents", "gemini_batch_embeddings")]
)
def test_gemini_embeds_one_text_or_many(verb: str, name: str) -> None:
    endpoint = TABLE.find(f"/v1beta/models/embed-001:{verb}")
    assert endpoint is not None
    assert (endpoint.client.name, endpoint.path_model, endpoint.answer) == (name, "embed-001", forward)


def test_every_operation_has_its_path() -> None:
    assert {name for name, kind in [*PATHS.values(), *GEMINI_VERBS.values()] if kind == "forward"} == set(OPERATIONS)


def test_clients_of_some_dialects_are_answered_by_others() -> None:
    table = EndpointTable(
        DIALECTS, ANSWERS, {"openai_responses": {"generate": forward}, "gemini_generate": {"count_tokens": forward}}
    )
    special = {"/v1/responses", "/v1beta/models/m:countTokens"}
    plain = {"/v1/responses/input_tokens", "/v1beta/models/m:generateContent", "/v1/chat/completions"}
    for path in special | plain:
        endpoint = table.find(path)
        assert endpoint is not None
        assert (endpoint.answer is forward) == (path in special)


def test_a_table_without_operations_has_no_paths_for_them() -> None:
    table = EndpointTable(DIALECTS, {"generate": generate, "count_tokens": count})
    assert table.find("/v1/embeddings") is None
    assert table.find("/v1beta/models/m:embedContent") is None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/chat/completions/",
        "/V1/messages",
        "/v2/models/x:generateContent",
        "/v1/models/x:embed",
        "/v1/openai/x:embed",
        "//v1/messages",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert TABLE.find(path) is None


def test_a_gemini_stream_is_an_array_unless_events_are_asked_for() -> None:
    for query, name in ((b"", "gemini_generate_array"), (b"key=x&alt=sse", "gemini_generate")):
        endpoint = TABLE.find("/v1beta/models/m:streamGenerateContent", query)
        assert endpoint is not None
        assert endpoint.client.name == name
    plain = TABLE.find("/v1beta/models/m:generateContent")
    assert plain is not None
    assert plain.client.name == "gemini_generate"


def test_only_the_ai_sdk_names_model_and_stream_in_headers() -> None:
    asking = [path for path in PATHS if (found := TABLE.find(path)) is not None and found.asks_in_headers]
    kinds = ("language-model", "embedding-model", "image-model")
    assert sorted(asking) == sorted(f"/{version}/ai/{kind}" for version in ("v3", "v4") for kind in kinds)


def test_a_google_path_without_its_collection_names_a_model_too() -> None:
    endpoint = TABLE.find("/v1beta/openai/gpt-5:streamGenerateContent", b"alt=sse")
    assert endpoint is not None
    assert (endpoint.path_model, endpoint.path_stream) == ("openai/gpt-5", True)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v4/ai/embedding-model", "ai_sdk_gateway"), ("/v1/credits", "ai_sdk_gateway"), ("/v1/nothing", "openai_chat")],
)
def test_a_request_to_no_endpoint_is_refused_in_the_words_of_who_asks_there(path: str, name: str) -> None:
    assert TABLE.select_speaker(path).name == name


@pytest.mark.parametrize("path", LOOKUPS)
def test_an_account_is_asked_for_by_get_and_only_where_somebody_keeps_it(path: str) -> None:
    assert TABLE.find(path) is None
    kept = EndpointTable(
        DIALECTS | OPERATIONS, dict.fromkeys(("generate", "count_tokens", "forward", *LOOKUPS.values()), generate)
    )
    endpoint = kept.find(path)
    assert endpoint is not None
    assert endpoint.methods == {"GET"}
    assert (endpoint.client.name, bool(endpoint.item)) == ("ai_sdk_gateway", True)


KEPT_TABLE = EndpointTable(
    DIALECTS,
    {
        "generate": generate,
        "count_tokens": count,
        "forward": generate,
        "response": count,
        "response_input_items": count,
        "response_cancel": count,
    },
)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/responses/resp_1", {"GET", "DELETE"}),
        ("/v1/responses/resp_1/input_items", {"GET"}),
        ("/v1/responses/resp_1/cancel", {"POST"}),
        ("/v1/responses", {"POST"}),
        ("/v1/responses/input_tokens", {"POST"}),
    ],
)
def test_a_kept_response_is_found_by_its_id(path: str, methods: set[str]) -> None:
    endpoint = KEPT_TABLE.find(path)
    assert endpoint is not None
    assert endpoint.client.name == "openai_responses"
    assert endpoint.methods == methods
    assert endpoint.item == ("resp_1" if "resp_1" in path else "")


@pytest.mark.parametrize("path", ["/v1/responses/compact", "/v1/responses/resp_1/more", "/v1/responses/resp_1/"])
def test_a_response_has_no_other_paths(path: str) -> None:
    assert KEPT_TABLE.find(path) is None


def test_a_table_without_those_answers_has_no_paths_for_them() -> None:
    assert TABLE.find("/v1/responses/resp_1") is None


UPLOADS: dict[str, tuple[str, frozenset[str]]] = {
    "/v1/files": ("anthropic_messages", frozenset({"GET", "POST"})),
    "/v1/files/file_dragoman_1": ("anthropic_messages", frozenset({"GET", "DELETE"})),
    "/v1/files/file_dragoman_1/content": ("anthropic_messages", frozenset({"GET"})),
    "/v1beta/cachedContents": ("gemini_generate", frozenset({"GET", "POST"})),
    "/v1beta/cachedContents/dragoman_1": ("gemini_generate", frozenset({"GET", "DELETE", "PATCH"})),
}


@pytest.mark.parametrize("path", UPLOADS)
def test_uploads_are_found_where_somebody_keeps_them(path: str) -> None:
    operations: tuple[Operation, ...] = ("files", "file", "file_content", "cached_contents", "cached_content")
    keeping = EndpointTable(DIALECTS | OPERATIONS, ANSWERS | dict.fromkeys(operations, generate))
    endpoint = keeping.find(path)
    assert endpoint is not None
    assert (endpoint.client.name, endpoint.methods) == UPLOADS[path]
    assert endpoint.item == (path.split("/")[3] if path.count("/") > 2 else "")
    assert TABLE.find(path) is None


@pytest.mark.parametrize(
    "path", ["/v1/files/file_011CNha8iCJcU1w", "/v1/files/file_dragoman_1/x", "/v1beta/cachedContents/a"]
)
def test_what_was_handed_in_elsewhere_is_not_looked_for_here(path: str) -> None:
    assert TABLE.find(path) is None


@pytest.mark.parametrize(
    ("path", "operation", "item", "methods"),
    [
        ("/v1/conversations", "conversations", "", {"POST"}),
        ("/v1/conversations/conv_1", "conversation", "conv_1", {"GET", "POST", "DELETE"}),
        ("/v1/conversations/conv_1/items", "conversation_items", "conv_1", {"GET", "POST"}),
        ("/v1/conversations/conv_1/items/msg_1", "conversation_item", "conv_1/msg_1", {"GET", "DELETE"}),
    ],
)
def test_conversations_have_their_paths(path: str, operation: Operation, item: str, methods: set[str]) -> None:
    assert TABLE.find(path) is None
    table = EndpointTable(DIALECTS | OPERATIONS, {**ANSWERS, "conversations": count, operation: forward})
    endpoint = table.find(path)
    assert endpoint is not None
    assert (endpoint.client.name, endpoint.answer) == ("openai_responses", forward)
    assert (endpoint.item, set(endpoint.methods)) == (item, methods)


@pytest.mark.parametrize("path", ["/v1/conversations/", "/v1/conversations/a/b", "/v1/conversations/a/items/b/c"])
def test_no_other_path_is_one_of_a_conversation(path: str) -> None:
    names: tuple[Operation, ...] = ("conversations", "conversation", "conversation_items", "conversation_item")
    assert EndpointTable(DIALECTS | OPERATIONS, {**ANSWERS, **dict.fromkeys(names, count)}).find(path) is None


@pytest.mark.parametrize(
    ("path", "name", "model"),
    [
        ("/openai/deployments/mine/chat/completions", "openai_chat", "mine"),
        ("/openai/deployments/acme/large/chat/completions", "openai_chat", "acme/large"),
        ("/openai/deployments/acme%2Flarge/completions", "openai_completions", "acme/large"),
        ("/openai/deployments/mine/embeddings", "openai_embeddings", "mine"),
        ("/openai/deployments/mine/images/generations", "openai_images", "mine"),
        ("/openai/deployments/mine/audio/speech", "openai_speech", "mine"),
        ("/openai/deployments/mine/audio/transcriptions", "openai_transcriptions", "mine"),
        ("/openai/deployments/mine/audio/translations", "openai_translations", "mine"),
        ("/openai/v1/chat/completions", "openai_chat", None),
        ("/openai/v1/responses", "openai_responses", None),
        ("/openai/responses", "openai_responses", None),
        ("/openai/v1/embeddings", "openai_embeddings", None),
    ],
)
def test_azures_paths_mean_the_same_with_the_model_in_them(path: str, name: str, model: str | None) -> None:
    endpoint = TABLE.find(path, b"api-version=2024-10-21")
    assert endpoint is not None
    assert (endpoint.client.name, endpoint.path_model) == (name, model)


@pytest.mark.parametrize(
    "path",
    [
        "/openai/deployments/mine/messages",
        "/openai/deployments/chat/completions/",
        "/openai/deployments//chat/completions",
        "/openai/v1/messages",
        "/openai/openai/v1/responses",
        "/openai/v1beta/models/m:generateContent",
        "/openai",
        "/openai/",
    ],
)
def test_nothing_else_is_a_path_of_azures(path: str) -> None:
    assert TABLE.find(path) is None


def test_responses_that_are_kept_are_found_by_azures_paths_too() -> None:
    endpoint = KEPT_TABLE.find("/openai/v1/responses/resp_1")
    assert endpoint is not None
    assert endpoint.item == "resp_1"
