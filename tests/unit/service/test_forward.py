"""Operations are passed to whoever speaks their API, by the same rules as everything else."""

from __future__ import annotations

import json

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.dialects.registry import OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Face, Origin, Provider, Route, Target
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.forward import ForwardService, OperationBoards, select_carrying, select_comparable
from dragoman.service.generate import GenerateService
from dragoman.service.metering.settle import WITHOUT_OUTPUT, WITHOUT_TOKENS, guess_usage
from dragoman.service.switchboard import Switchboard
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from tests.unit.service.desk import RecordingSink, error_script, make_provider, make_switchboard, run, whole

ASK = b'{ "model":"r", "input":"sea" }'
VECTORS = b'{"object":"list","data":[{"embedding":[1.50]}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}'


class Post:
    """A forward service over a scripted transport."""

    def __init__(self, scripts: Scripts, *providers: Provider, **route: object) -> None:
        self.transport = ScriptedTransport(scripts)
        self.board = make_switchboard(*providers, **route)
        self.settled: list[Exchange] = []

        def open_service(boards: object) -> GenerateService:
            assert isinstance(boards, OperationBoards)
            return GenerateService(self.transport, boards, FixedClock(), self.settled.append)

        self.service = ForwardService(OPERATIONS, lambda: self.board, open_service)

    def ask(self, body: bytes = ASK, operation: str = "openai_embeddings", **inbound: object) -> RecordingSink:
        client = OPERATIONS[operation].client
        assert client is not None
        sink = RecordingSink()
        run(self.service.forward(Inbound(client, body, **inbound), sink))  # type: ignore[arg-type]
        return sink


def test_bytes_go_through_both_ways_and_are_metered() -> None:
    post = Post([whole(VECTORS)], make_provider("a"))
    sink = post.ask()
    [call] = post.transport.requests
    assert (call.target, call.body) == (b"/v1/embeddings", ASK.replace(b'"r"', b'"m"'))
    assert (b"authorization", b"Bearer 1") in call.headers
    assert sink.reply is not None
    assert (sink.reply.body, sink.reply.content_type) == (VECTORS, b"application/json")
    assert sink.headers[b"x-dragoman-target"] == b"a/m"
    [exchange] = post.settled
    assert exchange.usage is not None
    assert (exchange.client_dialect, exchange.usage.input, exchange.losses) == ("openai_embeddings", 3, [])


def test_who_cannot_serve_is_not_asked_and_who_fails_is_replaced() -> None:
    post = Post(
        [error_script(503), whole(VECTORS)],
        make_provider("c", "anthropic_messages"),
        make_provider("a"),
        make_provider("b", "openai_responses"),
    )
    assert post.ask().json["object"] == "list"
    assert [call.origin.host for call in post.transport.requests] == ["a.example", "b.example"]


def test_nobody_who_can_serve_is_a_clear_error_in_the_callers_words() -> None:
    post = Post([], make_provider("c", "anthropic_messages"))
    sink = post.ask()
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert sink.json["error"]["param"] == "model"
    assert "openai_chat or openai_responses" in sink.json["error"]["message"]
    assert post.ask(b"{}", "gemini_embeddings", path_model="r").json["error"]["status"] == "INVALID_ARGUMENT"
    assert post.transport.requests == []


def test_where_nobody_has_it_as_it_is_it_is_translated() -> None:
    post = Post([whole(b'{"embeddings":[{"values":[0.5]}]}')], make_provider("g", "gemini_generate"))
    sink = post.ask()
    [call] = post.transport.requests
    assert call.target.endswith(b"/models/m:batchEmbedContents")
    assert sink.json["data"] == [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    [exchange] = post.settled
    assert (exchange.client_dialect, exchange.losses) == ("openai_embeddings", [])


def test_the_other_way_round_losses_are_told_and_may_be_refused() -> None:
    body = b'{"content":{"parts":[{"text":"sea"}]},"taskType":"CLUSTERING"}'
    post = Post([whole(VECTORS.replace(b'"embedding":', b'"index":0,"embedding":'))], make_provider("a"))
    sink = post.ask(body, "gemini_embeddings", path_model="r")
    assert sink.json == {"embedding": {"values": [1.5]}}
    assert b"purpose" in sink.headers[b"x-dragoman-losses"]
    strict = post.ask(body, "gemini_embeddings", path_model="r", strict=True)
    assert strict.reply is not None
    assert strict.reply.status == 400
    assert len(post.transport.requests) == 1


def test_what_is_translated_never_fails_over_to_another_model() -> None:
    one, same, other = (Target(make_provider(name, "gemini_generate"), model) for name, model in ("am", "bm", "cn"))
    assert select_comparable((one, other, same)) == (one, same)
    assert select_comparable(()) == ()
    post = Post([whole(VECTORS)], make_provider("g", "gemini_generate"), make_provider("a"))
    assert post.ask().json["object"] == "list"
    assert [call.origin.host for call in post.transport.requests] == ["a.example"], "who has it as it is goes first"


def test_other_operations_are_no_concern_of_this_one() -> None:
    speech = Script(headers=[(b"content-type", b"audio/wav")], chunks=(b"RI", b"FF"))
    bare = Script(chunks=(b"\x00",))
    post = Post([speech, bare], make_provider("a"))
    first, second = (post.ask(operation="openai_speech").reply for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.content_type, first.body) == (b"audio/wav", b"RIFF")
    assert second.content_type == b"application/octet-stream"


def test_fields_that_the_provider_itself_may_read_are_not_taken_for_ours() -> None:
    asked = b'{"model":"r","input":"sea","provider":{"order":["x"]}}'
    post = Post([whole(VECTORS)], make_provider("a"))
    post.ask(asked)
    assert json.loads(post.transport.requests[0].body)["provider"] == {"order": ["x"]}


def test_a_change_of_settings_is_seen() -> None:
    boards = [make_switchboard(make_provider("a"))]
    view = OperationBoards(OPERATIONS["openai_embeddings"], lambda: boards[0])
    first = view()
    assert view() is first
    boards[0] = make_switchboard(make_provider("b"))
    assert isinstance(view(), Switchboard)
    assert view().resolver.resolve("r").targets[0].provider.name == "b"


def test_a_fallback_is_narrowed_like_the_route() -> None:
    here, there = Target(make_provider("a"), "m"), Target(make_provider("c", "anthropic_messages"), "m")
    fallback = {Kind.RATE_LIMIT: (there, here), Kind.OVERLOADED: (there,)}
    board = make_switchboard(make_provider("a"), fallback=fallback)
    route: Route = OperationBoards(OPERATIONS["openai_embeddings"], lambda: board)().resolver.resolve("r")
    assert {kind: [one.provider.name for one in listed] for kind, listed in route.fallback.items()} == {
        Kind.RATE_LIMIT: ["a"]
    }


def test_a_provider_of_several_dialects_is_asked_where_it_speaks_the_right_one() -> None:
    other = Face("anthropic_messages", Origin("https", "other.example", 443), "/x")
    provider = make_provider("a", "openai_responses")
    both = msgspec.structs.replace(provider, faces=(other, *provider.faces))
    [target] = select_carrying((Target(both, "m"),), ("openai_chat", "openai_responses"))
    assert target.provider.faces == provider.faces


def test_a_local_model_only_chats() -> None:
    local = Face("openai_chat", Origin("http", "localhost", 80, unix_path="/run/x"), "/v1")
    provider = msgspec.structs.replace(make_provider("a"), faces=(local,))
    assert select_carrying((Target(provider, "m"),), ("openai_chat",)) == ()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_completions_are_billed_for_words_where_the_provider_is_silent(operation: str) -> None:
    exchange = Exchange("ex_1", operation, "ann", 0.0, bytes_in=400, bytes_out=100_000)
    usage = guess_usage(exchange)
    assert usage.input == (0 if operation in WITHOUT_TOKENS else 100)
    assert (
        (usage.output > 0) is (operation not in WITHOUT_OUTPUT | WITHOUT_TOKENS) is (operation == "openai_completions")
    )


def test_nothing_that_is_done_for_chat_is_done_for_an_operation() -> None:
    post = Post([whole(VECTORS)], make_provider("a"))
    route = post.board.resolver.resolve("r")
    target = msgspec.structs.replace(route.targets[0], shapings=("media", "tools", "context:"))
    boards = OperationBoards(OPERATIONS["openai_speech"], lambda: with_route(post.board, target))
    assert boards().resolver.resolve("r").targets[0].shapings == ()


def test_plugins_see_what_can_be_read_and_close_the_way_to_what_cannot() -> None:
    post = Post([], make_provider("a"))
    route = post.board.resolver.resolve("r")
    closed = msgspec.structs.replace(route.targets[0], shapings=("plugins", "media"))
    opened = msgspec.structs.replace(route.targets[0], shapings=("open_plugins",))
    embeddings = OperationBoards(OPERATIONS["openai_embeddings"], lambda: with_route(post.board, closed))
    assert embeddings().resolver.resolve("r").targets[0].shapings == ("plugins",)
    with pytest.raises(DragomanError, match="have to see every request"):
        OperationBoards(OPERATIONS["openai_speech"], lambda: with_route(post.board, closed))().resolver.resolve("r")
    speech = OperationBoards(OPERATIONS["openai_speech"], lambda: with_route(post.board, opened))
    assert speech().resolver.resolve("r").targets[0].shapings == ()


def with_route(board: Switchboard, target: Target) -> Switchboard:
    """The switchboard with one route, `r`, to that target."""
    resolver = Resolver([Route("r", (target,))], [target.provider], Target)
    return msgspec.structs.replace(board, resolver=resolver)
