"""Which path means what: exact paths by table, Gemini's (which carry the model) by one pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from dragoman.dialects.base import ClientSide, Dialect, Operation
from dragoman.service.exchange import Generate

Answers = Mapping[Operation, Generate]
"""Who answers what."""
NOBODY_ELSE: Mapping[str, Answers] = {}

POST_ONLY = frozenset({"POST"})
GET_ONLY = frozenset({"GET"})


class Endpoint(msgspec.Struct, frozen=True):
    """What a path asks for, in which dialect, and who answers."""

    client: ClientSide
    answer: Generate
    path_model: str | None = None
    path_stream: bool | None = None
    asks_in_headers: bool = False  # model and stream flag stand there
    methods: frozenset[str] = POST_ONLY
    item: str = ""  # the id of the one thing that is asked for


PATHS: dict[str, tuple[str, Operation]] = {
    "/v1/chat/completions": ("openai_chat", "generate"),
    "/v1/messages": ("anthropic_messages", "generate"),
    "/v1/messages/count_tokens": ("anthropic_messages", "count_tokens"),
    "/v1/responses": ("openai_responses", "generate"),
    "/v1/responses/input_tokens": ("openai_responses", "count_tokens"),
    "/v4/ai/language-model": ("ai_sdk_gateway", "generate"),
    "/v3/ai/language-model": ("ai_sdk_gateway_v3", "generate"),
    "/v4/ai/embedding-model": ("ai_sdk_embeddings", "forward"),
    "/v3/ai/embedding-model": ("ai_sdk_embeddings", "forward"),
    "/v4/ai/image-model": ("ai_sdk_images", "forward"),
    "/v3/ai/image-model": ("ai_sdk_images", "forward"),
    "/v1/embeddings": ("openai_embeddings", "forward"),
    "/v1/completions": ("openai_completions", "forward"),
    "/v1/moderations": ("openai_moderations", "forward"),
    "/v1/images/generations": ("openai_images", "forward"),
    "/v1/rerank": ("openai_rerank", "forward"),
    "/v1/audio/speech": ("openai_speech", "forward"),
    "/v1/audio/transcriptions": ("openai_transcriptions", "forward"),
    "/v1/audio/translations": ("openai_translations", "forward"),
}

LOOKUPS: dict[str, Operation] = {
    "/v1/generation": "generation",
    "/v1/credits": "credits",
    "/v1/report": "report",
}
"""What programs ask about their own account, in the words of the AI SDK's gateway; the query says what exactly."""

_IN_HEADERS = frozenset({"ai_sdk_gateway", "ai_sdk_gateway_v3", "ai_sdk_embeddings", "ai_sdk_images"})
_GATEWAY_PREFIXES = ("/v4/ai/", "/v3/ai/", *LOOKUPS)

GEMINI_VERBS: dict[str, tuple[str, Operation]] = {
    "generateContent": ("gemini_generate", "generate"),
    "streamGenerateContent": ("gemini_generate", "generate"),
    "countTokens": ("gemini_generate", "count_tokens"),
    "embedContent": ("gemini_embeddings", "forward"),
    "batchEmbedContents": ("gemini_batch_embeddings", "forward"),
}

# Vercel's provider for Google leaves `models/` out where the model's own name has a slash.
_GEMINI = re.compile(
    r"/v1(?:beta|alpha)?/(?:models/)?(?P<model>[^:]{1,256}(?::[^:/]{1,64})?)"
    rf":(?P<verb>{'|'.join(GEMINI_VERBS)})"
)

AZURE = "/openai"
_AZURE_OPERATIONS = [path.removeprefix("/v1") for path, (name, _) in PATHS.items() if name.startswith("openai_")]
_AZURE_MODEL = re.compile(rf"/deployments/(?P<model>[^/].{{0,255}}?)(?P<rest>{'|'.join(_AZURE_OPERATIONS)})")
"""Azure's own paths, older and newer: the model may stand there instead of in the body."""

RESPONSE_PATHS: dict[str, tuple[Operation, frozenset[str]]] = {
    "": ("response", frozenset({"GET", "DELETE"})),
    "/input_items": ("response_input_items", GET_ONLY),
    "/cancel": ("response_cancel", POST_ONLY),
}
"""What can be asked of a response that is kept."""

CONVERSATION_PATHS: dict[str, tuple[Operation, frozenset[str]]] = {
    "": ("conversation", frozenset({"GET", "POST", "DELETE"})),
    "/items": ("conversation_items", frozenset({"GET", "POST"})),
}
"""What can be asked of a conversation, and below of one item of it."""

ITEM_METHODS = frozenset({"GET", "DELETE"})
_CONVERSATION = re.compile(
    rf"/v1/conversations/(?P<id>[^/]{{1,256}})(?:(?P<rest>{'|'.join(CONVERSATION_PATHS)})|/items/(?P<item>[^/]{{1,256}}))"
)
CONVERSATIONS = "/v1/conversations"

_RESPONSE = re.compile(rf"/v1/responses/(?P<id>resp_[^/]{{1,256}})(?P<rest>{'|'.join(RESPONSE_PATHS)})")


_FILE = re.compile(r"/v1/files/(?P<id>file_dragoman_[^/]{1,256})(?P<rest>/content)?")
_CACHED_CONTENT = re.compile(r"/v1(?:beta|alpha)?/cachedContents/(?P<id>dragoman_[^/]{1,256})")

UPLOAD_PATHS: dict[str, tuple[str, Operation]] = {
    "/v1/files": ("anthropic_messages", "files"),
    "/v1beta/cachedContents": ("gemini_generate", "cached_contents"),
    "/v1alpha/cachedContents": ("gemini_generate", "cached_contents"),
    "/v1/cachedContents": ("gemini_generate", "cached_contents"),
}
"""Where callers hand in what they refer to later, and ask what they have handed in."""


class EndpointTable:
    """Built once from the dialects that have a client side. `answers_to` says who answers clients of some dialects, where
    that is not who answers all others."""

    __slots__ = (
        "_ai_sdk",
        "_answers",
        "_answers_to",
        "_anthropic",
        "_default",
        "_exact",
        "_gemini",
        "_gemini_array",
        "_responses",
    )

    def __init__(
        self, dialects: Mapping[str, Dialect], answers: Answers, answers_to: Mapping[str, Answers] = NOBODY_ELSE
    ) -> None:
        clients = {name: dialect.client for name, dialect in dialects.items() if dialect.client is not None}
        self._answers = answers
        self._answers_to = answers_to
        self._exact = {
            path: Endpoint(clients[name], self._select(name, operation), asks_in_headers=name in _IN_HEADERS)
            for path, (name, operation) in PATHS.items()
            if name in clients
        }
        self._exact |= {
            path: Endpoint(clients["ai_sdk_gateway"], answers[operation], methods=GET_ONLY, item=operation)
            for path, operation in LOOKUPS.items()
            if operation in answers
        }
        self._exact |= {
            path: Endpoint(clients[name], answers[operation], methods=frozenset({"GET", "POST"}))
            for path, (name, operation) in UPLOAD_PATHS.items()
            if operation in answers
        }
        if "conversations" in answers:
            self._exact[CONVERSATIONS] = Endpoint(clients["openai_responses"], answers["conversations"])
        self._anthropic = clients["anthropic_messages"]
        self._gemini = {verb: clients[name] for verb, (name, _) in GEMINI_VERBS.items() if name in clients}
        self._gemini_array = clients["gemini_generate_array"]
        self._ai_sdk = clients["ai_sdk_gateway"]
        self._default = clients["openai_chat"]
        self._responses = clients["openai_responses"]

    def find(self, path: str, query: bytes = b"") -> Endpoint | None:
        """The endpoint at a path, if there is one."""
        return (
            self._exact.get(path) or self._find_kept(path) or self._find_gemini(path, query) or self._find_azure(path)
        )

    def select_speaker(self, path: str) -> ClientSide:
        """In whose words a request to no endpoint is refused."""
        return self._ai_sdk if path.startswith(_GATEWAY_PREFIXES) else self._default

    def _select(self, client: str, operation: Operation) -> Generate:
        return self._answers_to.get(client, self._answers).get(operation) or self._answers[operation]

    def _find_kept(self, path: str) -> Endpoint | None:
        """One thing that the gateway keeps."""
        match = _RESPONSE.fullmatch(path)
        if match is None:
            return self._find_file(path) or self._find_conversation(path) or self._find_cached_content(path)
        operation, methods = RESPONSE_PATHS[match["rest"]]
        answer = self._answers.get(operation)
        return answer and Endpoint(self._responses, answer, methods=methods, item=match["id"])

    def _find_file(self, path: str) -> Endpoint | None:
        match = _FILE.fullmatch(path)
        if match is None:
            return None
        answer = self._answers.get("file_content" if match["rest"] else "file")
        methods = frozenset({"GET"} if match["rest"] else {"GET", "DELETE"})
        return answer and Endpoint(self._anthropic, answer, methods=methods, item=match["id"])

    def _find_conversation(self, path: str) -> Endpoint | None:
        match = _CONVERSATION.fullmatch(path) if path.startswith(CONVERSATIONS) else None
        if match is None:
            return None
        operation, methods = CONVERSATION_PATHS.get(match["rest"], ("conversation_item", ITEM_METHODS))
        item = f"{match['id']}/{match['item']}" if match["item"] else match["id"]
        answer = self._answers.get(operation)
        return answer and Endpoint(self._responses, answer, methods=methods, item=item)

    def _find_cached_content(self, path: str) -> Endpoint | None:
        match = _CACHED_CONTENT.fullmatch(path)
        answer = self._answers.get("cached_content")
        if match is None or answer is None:
            return None
        methods = frozenset({"GET", "DELETE", "PATCH"})
        return Endpoint(self._gemini["generateContent"], answer, methods=methods, item=match["id"])

    def _find_azure(self, path: str) -> Endpoint | None:
        if not path.startswith(AZURE + "/"):
            return None
        path = path.removeprefix(AZURE)
        if match := _AZURE_MODEL.fullmatch(path):
            endpoint = self._exact.get(f"/v1{match['rest']}")
            return endpoint and msgspec.structs.replace(endpoint, path_model=unquote(match["model"]))
        endpoint = self.find(path if path.startswith("/v1/") else f"/v1{path}")
        return endpoint if endpoint is not None and endpoint.client.name.startswith("openai_") else None

    def _find_gemini(self, path: str, query: bytes) -> Endpoint | None:
        match = _GEMINI.fullmatch(path)
        client = self._gemini.get(match["verb"]) if match else None
        if match is None or client is None:
            return None
        model, verb = unquote(match["model"]), match["verb"]
        is_stream = verb == "streamGenerateContent"
        if is_stream and b"alt=sse" not in query:
            client = self._gemini_array
        return Endpoint(client, self._select(client.name, GEMINI_VERBS[verb][1]), model, is_stream)
