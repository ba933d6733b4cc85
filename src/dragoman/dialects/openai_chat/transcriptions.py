"""Sound to text: the operations of OpenAI's API that come as a form with a file. Passed on, never translated.

Invariant: of the form only the model changes. The answer is JSON or, if the caller wants that, text or subtitles; streamed
ones are gathered and given whole. What was taken tells of no tokens by its size, so only a provider's own count does.
Spec: https://platform.openai.com/docs/api-reference/audio
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import Dialect, Envelope, Glance, WireRequest
from dragoman.dialects.openai_chat.dialect import ChatClient, ChatProvider
from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.hosting import build_path
from dragoman.errors import DragomanError, Kind, invalid, malformed_upstream
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.usage import Usage
from dragoman.wire.json_document import JsonDocument, decode_object, encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.multipart import Form

CARRIERS = ("openai_chat", "openai_responses")
PATHS = {"openai_transcriptions": "/audio/transcriptions", "openai_translations": "/audio/translations"}


class FormEnvelope(Envelope, frozen=True, kw_only=True):
    """A request that is a form. Its `document` holds no more than the model."""

    form: Form


class FormClient(ChatClient):
    """Clients who send sound; errors are told as to those of Chat Completions."""

    def __init__(self, name: str) -> None:
        self.name = name

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        form = Form(body)
        model = path_model or form.read("model")
        if not model:
            raise invalid("This field is required and must be the name of a model.", "model")
        return FormEnvelope(model, False, JsonDocument(encode_json({"model": model})), form=form)

    def parse_request(self, envelope: Envelope) -> Request:
        """For a provider of another dialect there are no words for it."""
        raise DragomanError(
            Kind.UNSUPPORTED, f"{self.name} is only passed to providers that speak {' or '.join(CARRIERS)}."
        )


class FormProvider(ChatProvider):
    """Providers who turn sound into text."""

    def __init__(self, name: str) -> None:
        self.name = name

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        if not isinstance(envelope, FormEnvelope):
            raise TypeError("only a form comes here")
        form = envelope.form
        path = build_path(PATHS[self.name], model, profile)
        return WireRequest(path, form.patch("model", model), content_type=form.content_type)

    def read_glance(self, body: bytes) -> Glance:
        if not body.lstrip().startswith(b"{"):
            if not body:
                raise malformed_upstream("The provider's answer is empty.")
            return Glance(None, None, is_json=False)
        try:
            told = decode_object(body)
        except DragomanError:
            raise malformed_upstream("The provider's answer is no JSON object.") from None
        if told.get("error"):
            raise parse_inline_error(told, body)
        return Glance(_read_usage(told.get("usage")), None)


def _read_usage(reported: Any) -> Usage | None:
    """Tokens; of some models only the seconds are told, which are no tokens."""
    if type(reported) is not dict or "input_tokens" not in reported:
        return None
    given, made = _count(reported, "input_tokens"), _count(reported, "output_tokens")
    details = reported.get("input_token_details")
    heard = min(_count(details, "audio_tokens"), given) if type(details) is dict else 0
    return Usage(input=given - heard, input_audio=heard, output=made, reported=reported)


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0


OPERATIONS = tuple(Dialect(name, FormClient(name), FormProvider(name), CARRIERS) for name in PATHS)
