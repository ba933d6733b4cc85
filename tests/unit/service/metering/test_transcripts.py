"""What is said is written down on four sides, of those of whom that is wanted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dragoman.clock import FixedClock
from dragoman.config.sections.bodies import BodiesSettings
from dragoman.dialects.base import WireReply
from dragoman.ledger.bodies import FILE_NAME, Bodies, BodyStore
from dragoman.model.loss import Loss
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import Exchange, ReplySink
from dragoman.service.metering.transcripts import Scribe, Side, Transcript, mask_bodies, remove_bodies
from dragoman.telemetry.logs import Redactor
from dragoman.upstream.scripted import Script, ScriptedAnswer


class Sink:
    """Takes an answer."""

    def __init__(self) -> None:
        self.is_started = False
        self.taken: list[bytes] = []

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """Nothing follows from it."""

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        self.taken.append(reply.body)

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        self.is_started = True

    async def send_chunk(self, chunk: bytes) -> None:
        self.taken.append(chunk)

    def find_outlet(self) -> None:
        """There is no way around `send_chunk`."""

    async def end_stream(self) -> None:
        """It is over."""


def make_exchange(principal: str = "ann") -> Exchange:
    return Exchange("ex_1", "openai_chat", principal, 0.0)


def make_scribe(folder: Path, settings: BodiesSettings, drawn: float = 0.0) -> Scribe:
    return Scribe(BodyStore(folder / FILE_NAME), FixedClock(), settings, lambda: drawn)


def keep(folder: Path, settings: BodiesSettings, *, drawn: float = 0.0, principal: str = "ann") -> Bodies | None:
    """One streamed exchange with two attempts, and what is kept of it."""

    async def run() -> Bodies | None:
        scribe, exchange, inner = make_scribe(folder, settings, drawn), make_exchange(principal), Sink()
        sink: ReplySink = scribe.attend(exchange, b"asked", inner)
        if exchange.transcript is not None:
            exchange.transcript.begin_attempt(b"in vain")
            exchange.transcript.begin_attempt(b"sent")
            answer = exchange.transcript.listen(ScriptedAnswer(Script(chunks=(b"one", b"two"))))
            while await answer.read_chunk():
                pass
            assert answer.status == 200
        await sink.start_stream(b"text/event-stream", ())
        assert sink.is_started
        await sink.send_chunk(b"eins")
        await sink.send_chunk(b"zwei")
        scribe.record(exchange)
        assert inner.taken == [b"eins", b"zwei"]
        kept = await scribe.read("ex_1")
        await scribe.aclose()
        return kept

    return asyncio.run(run())


def test_nobody_is_written_down_unless_that_is_wanted(tmp_path: Path) -> None:
    assert keep(tmp_path, BodiesSettings()) is None
    assert keep(tmp_path, BodiesSettings(keys=["bob"])) is None
    assert keep(tmp_path, BodiesSettings(keys=["*"], sample=0.5), drawn=0.5) is None
    assert not (tmp_path / FILE_NAME).exists()


def test_all_four_sides_are_kept_and_of_the_attempts_the_last(tmp_path: Path) -> None:
    kept = keep(tmp_path, BodiesSettings(keys=["an*"]))
    assert kept == Bodies("ex_1", "ann", b"asked", b"sent", b"onetwo", b"einszwei")


def test_losses_are_kept_with_what_was_said_each_once_and_without_secrets() -> None:
    loss = Loss("dropped", "top_k", "no place for secret")
    exchange = make_exchange()
    exchange.losses = [loss, loss, Loss("moved", "messages[0]")]
    bodies = Transcript(99, b"asked").build(exchange)
    assert bodies.losses == (("dropped", "top_k", "no place for secret"), ("moved", "messages[0]", ""))
    masked = mask_bodies(bodies, lambda text: text.replace(b"secret", b"***"))
    assert masked.losses[0] == ("dropped", "top_k", "no place for ***")


def test_of_what_is_too_long_the_beginning_is_kept() -> None:
    side = Side(5)
    for piece in (b"one", b"two", b"three"):
        side.note(piece)
    assert (side.read(), side.is_cut) == (b"onetw", True)


def test_a_principals_words_can_be_removed(tmp_path: Path) -> None:
    assert keep(tmp_path, BodiesSettings(keys=["*"])) is not None
    store = BodyStore(tmp_path / FILE_NAME)
    assert remove_bodies(store, "bob") == 0
    assert remove_bodies(store, "ann") == 1
    assert store.read("ex_1") is None
    store.close()


def test_a_secret_that_a_provider_repeats_is_masked_on_every_side() -> None:
    bodies = Bodies("ex_1", "ann", b"my-secret-key", b"", b"wrong key: my-secret-key", b"it said my-secret-key \xff")
    masked = mask_bodies(bodies, Redactor(["my-secret-key"]).mask)
    assert masked == Bodies("ex_1", "ann", b"****", b"", b"wrong key: ****", b"it said **** \xff")


def test_settings_change_while_it_runs(tmp_path: Path) -> None:
    async def run() -> None:
        scribe, before, after = make_scribe(tmp_path, BodiesSettings()), make_exchange(), make_exchange()
        scribe.attend(before, b"", Sink())
        scribe.change(BodiesSettings(keys=["ann"]))
        scribe.attend(after, b"", Sink())
        assert (before.transcript is None, after.transcript is None) == (True, False)
        await scribe.aclose()

    asyncio.run(run())
