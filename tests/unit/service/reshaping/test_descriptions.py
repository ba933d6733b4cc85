"""Each image is described once for each caller, and what it shows is no one else's."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from dragoman.dialects.registry import DIALECTS
from dragoman.model.content import Image, InlineData, RemoteUrl, StoredFile
from dragoman.service.exchange import Inbound
from dragoman.service.reshaping.asking import CALLER, Question
from dragoman.service.reshaping.descriptions import MAX_CHARACTERS, Descriptions

SHOWN = Image(RemoteUrl("https://a.example/cat.png"))
SENT = Image(InlineData("image/png", "AAAA"))


class Eyes:
    """Counts what it was asked."""

    is_inner = False

    def __init__(self, said: str = "A cat.") -> None:
        self.said = said
        self.questions: list[Question] = []

    async def ask(self, question: Question) -> str:
        self.questions.append(question)
        return self.said


def describe(descriptions: Descriptions, image: Image, principal: str = "ann", route: str = "eyes") -> str:
    async def ask() -> str:
        client = DIALECTS["openai_chat"].client
        assert client is not None
        CALLER.set(Inbound(client, b"{}", principal=principal))
        return await descriptions.describe(image, route)

    return copy_context().run(asyncio.run, ask())


def test_an_image_is_shown_by_its_url_or_with_its_bytes() -> None:
    eyes = Eyes()
    descriptions = Descriptions(eyes)
    assert describe(descriptions, SHOWN) == describe(descriptions, SENT) == "A cat."
    assert [question.images for question in eyes.questions] == [
        ("https://a.example/cat.png",),
        ("data:image/png;base64,AAAA",),
    ]
    assert eyes.questions[0].route == "eyes"


def test_the_same_image_is_asked_about_once_for_each_caller_and_route() -> None:
    eyes = Eyes()
    descriptions = Descriptions(eyes)
    for principal in ("ann", "ann", "bob"):
        describe(descriptions, SENT, principal)
    assert len(eyes.questions) == 2
    describe(descriptions, SENT, route="others")
    assert len(eyes.questions) == 3


def test_what_was_not_asked_for_in_a_long_time_is_forgotten() -> None:
    eyes = Eyes()
    descriptions = Descriptions(eyes, limit=1)
    for image in (SENT, SHOWN, SENT):
        describe(descriptions, image)
    assert len(eyes.questions) == 3
    assert repr(descriptions) == "<Descriptions: 1>"


def test_an_image_without_an_address_is_not_described() -> None:
    eyes = Eyes()
    assert describe(Descriptions(eyes), Image(StoredFile("file-1"))) == ""
    assert not eyes.questions


def test_no_description_is_longer_than_it_may_be_and_inner_requests_are_known() -> None:
    descriptions = Descriptions(Eyes("a" * (MAX_CHARACTERS + 1)))
    assert len(describe(descriptions, SENT)) == MAX_CHARACTERS
    assert not descriptions.is_inner
