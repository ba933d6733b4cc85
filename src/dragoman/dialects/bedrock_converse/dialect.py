"""The provider's half, put together from the modules beside this one. Clients do not speak this dialect here.

The base URL of a provider ends before `/model`.
"""

from __future__ import annotations

from dragoman.dialects.base import Dialect, Envelope, Glance, WireRequest
from dragoman.dialects.bedrock_converse import emit_request, errors, parse_response
from dragoman.dialects.bedrock_converse.listen import ConverseStreamListener
from dragoman.dialects.bedrock_converse.stream_parse import ConverseStreamParser
from dragoman.dialects.bedrock_converse.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response


class ConverseProviders:
    """Amazon's own endpoints, and what stands before them; see `ProviderSide`."""

    name = NAME

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        return emit_request.emit_request(request, profile, losses)

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        return emit_request.patch_request(envelope, model)

    def parse_response(self, body: bytes) -> Response:
        return parse_response.parse_response(body)

    def read_glance(self, body: bytes) -> Glance:
        return parse_response.read_glance(body)

    def open_parser(self) -> ConverseStreamParser:
        return ConverseStreamParser()

    def open_listener(self, envelope: Envelope, profile: Profile) -> ConverseStreamListener:
        return ConverseStreamListener()

    def parse_error(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
        return errors.parse_error(status, headers, body)

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
        return emit_request.emit_count_request(request, profile, losses)

    def parse_token_count(self, body: bytes) -> int:
        return parse_response.parse_token_count(body)


DIALECT = Dialect(NAME, None, ConverseProviders())
