"""Sound to text: a form goes on with another model in it, and whatever comes back is passed on."""

from __future__ import annotations

import pytest

from dragoman.dialects.base import Envelope
from dragoman.dialects.openai_chat.transcriptions import OPERATIONS, FormClient, FormProvider
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import Profile
from dragoman.wire.json_document import JsonDocument

CLIENT, PROVIDER = FormClient("openai_transcriptions"), FormProvider("openai_transcriptions")
FORM = (
    b'--b1\r\nContent-Disposition: form-data; name="model"\r\n\r\npublic\r\n--b1\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\x00\xff\r\n--b1--\r\n'
)


def test_only_the_model_changes_on_the_way() -> None:
    envelope = CLIENT.open_envelope(FORM, None, None)
    assert (envelope.model, envelope.stream) == ("public", False)
    wire = PROVIDER.patch_request(envelope, "whisper-1", Profile())
    assert (wire.path, wire.content_type) == ("/audio/transcriptions", b'multipart/form-data; boundary="b1"')
    assert wire.body == FORM.replace(b"public", b"whisper-1")


def test_each_operation_has_a_path_of_its_own() -> None:
    envelope = CLIENT.open_envelope(FORM, None, None)
    paths = [op.provider.patch_request(envelope, "m", Profile()).path for op in OPERATIONS if op.provider is not None]
    assert paths == ["/audio/transcriptions", "/audio/translations"]


@pytest.mark.parametrize("body", [b'{"model":"m"}', FORM.replace(b'"model"', b'"mode"'), FORM.replace(b"public", b"")])
def test_a_form_must_name_a_model(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        CLIENT.open_envelope(body, None, None)
    assert caught.value.kind is Kind.INVALID_REQUEST


def test_there_are_no_words_for_a_provider_of_another_dialect() -> None:
    with pytest.raises(DragomanError) as caught:
        CLIENT.parse_request(CLIENT.open_envelope(FORM, None, None))
    assert caught.value.kind is Kind.UNSUPPORTED
    with pytest.raises(TypeError):
        PROVIDER.patch_request(Envelope("m", False, JsonDocument(b"{}")), "m", Profile())


def test_json_tells_its_tokens_and_text_is_text() -> None:
    details = b'{"audio_tokens":10,"text_tokens":4}'
    usage = b'{"type":"tokens","input_tokens":14,"output_tokens":45,"input_token_details":' + details + b"}"
    glance = PROVIDER.read_glance(b'{"text":"Hello.","usage":' + usage + b"}")
    assert glance.usage is not None
    assert (glance.usage.input, glance.usage.input_audio, glance.usage.output, glance.is_json) == (4, 10, 45, True)
    assert PROVIDER.read_glance(b'{"text":"Hello.","usage":{"type":"duration","seconds":3}}').usage is None
    assert PROVIDER.read_glance(b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n").is_json is False


@pytest.mark.parametrize("body", [b"", b"{", b'{"error":{"message":"no","type":"server_error"}}'])
def test_what_is_no_answer_is_not_passed_on(body: bytes) -> None:
    with pytest.raises(DragomanError):
        PROVIDER.read_glance(body)
