"""Runs the gateway until it is told to stop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dragoman.bootstrap.application import build_application
from dragoman.bootstrap.edge import start_logging
from dragoman.bootstrap.memory import hold_freed_memory, rest_collector
from dragoman.config.schema import Settings
from dragoman.http.listeners import open_listeners
from dragoman.http.server import ServerOptions, build_server


def serve(settings: Settings, environment: Mapping[str, str], path: Path | None, link_token: str = "") -> int:
    """Run the gateway until it is told to stop; the process's exit code. `link_token` lets one browser into the console."""
    start_logging(settings)
    hold_freed_memory()
    server = settings.server
    listeners = open_listeners(server.host, server.port)
    application = build_application(settings, environment, path, link_token)
    options = ServerOptions(
        host=server.host,
        port=server.port,
        head_seconds=server.head_timeout_seconds,
        heartbeat_seconds=server.heartbeat_seconds,
        slow_reader_seconds=server.slow_reader_seconds,
        drain_seconds=server.drain_seconds,
    )
    running = build_server(application.data_plane, application, options)
    rest_collector()
    running.run(listeners)
    return 0 if running.started else 1
