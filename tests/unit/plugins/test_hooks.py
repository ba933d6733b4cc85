"""Hooks that override nothing cost nothing, and settings are checked."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEnd, StreamEvent
from dragoman.plugins.hooks import Hooks, read_settings, refuse


class Some(msgspec.Struct, forbid_unknown_fields=True):
    count: int = 1


class Listening(Hooks):
    def on_event(self, event: StreamEvent) -> list[StreamEvent]:
        return []


def test_hooks_that_override_nothing_change_nothing() -> None:
    hooks, request = Hooks(), Request("m", [])
    assert hooks.before_request(request) is request
    assert hooks.on_event(StreamEnd()) == [StreamEnd()]
    hooks.after_response(Response("1", "m", []))
    assert not hooks.listens()


def test_who_overrides_the_hook_for_events_listens() -> None:
    assert Listening().listens()


def test_settings_become_a_struct() -> None:
    assert read_settings(Some, {"count": 2}) == Some(2)


@pytest.mark.parametrize("settings", [{"count": "two"}, {"cuont": 2}])
def test_settings_that_do_not_fit_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(DragomanError):
        read_settings(Some, settings)


def test_a_refusal_is_the_callers_matter() -> None:
    error = refuse("No.")
    assert (error.kind, error.status, error.blame) == (Kind.CONTENT_POLICY, 403, "client")
