"""nginx in two roles: the provider that answers at once, and the floor, a plain `proxy_pass` to the same provider.

The floor keeps its connections to the provider alive and forwards streams unbuffered: the least that any gateway does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bench.processes import LOAD_CORE, SERVER_CORE, Children, Server, find_free_port, find_program
from bench.traffic import TRAFFIC, encode_json
from bench.upstream import PATTERNS

_FRAME = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/{name}.pid;
error_log stderr;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
{inner}
}}
"""

_FLOOR = """\
  upstream answers {{ server 127.0.0.1:{answers}; keepalive 256; keepalive_requests 100000000; }}
  upstream streams {{ server 127.0.0.1:{streams}; keepalive 2048; keepalive_requests 100000000; }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://answers; }}
    location ~ ^/({patterns})/ {{ proxy_pass http://streams; proxy_buffering off; }}
  }}"""


def build_provider_config(folder: Path, port: int) -> str:
    """Answers every dialect's path with that dialect's answer."""
    locations = "\n".join(_list_locations())
    inner = (
        f"  server {{\n    listen 127.0.0.1:{port} backlog=4096;\n    default_type application/json;\n{locations}\n  }}"
    )
    return _build_frame(folder, "provider", inner)


def build_floor_config(folder: Path, port: int, answers: int, streams: int) -> str:
    """Passes everything on."""
    inner = _FLOOR.format(port=port, answers=answers, streams=streams, patterns="|".join(PATTERNS))
    return _build_frame(folder, "floor", inner)


def _list_locations() -> Iterator[str]:
    for traffic in TRAFFIC.values():
        path = traffic.find_path(traffic.model, is_stream=False)
        yield f"    location = {path} {{ return 200 {_quote(encode_json(traffic.answer).decode())}; }}"


def _build_frame(folder: Path, name: str, inner: str) -> str:
    user = "user root;" if os.geteuid() == 0 else ""  # else the worker could not reach the folder
    return _FRAME.format(folder=folder, name=name, inner=inner, user=user)


def _quote(text: str) -> str:
    """A word of nginx's language. Dollars would be variables."""
    if "$" in text:
        raise ValueError("an answer with a dollar cannot be written into nginx's configuration")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def start_provider(children: Children) -> Server:
    """The provider, on the core of the load."""
    port = find_free_port()
    return _start(children, "provider", build_provider_config(children.folder, port), port, LOAD_CORE)


def start_floor(children: Children, answers: int, streams: int) -> Server:
    """The floor, on the core that the gateway has, too."""
    port = find_free_port()
    return _start(children, "floor", build_floor_config(children.folder, port, answers, streams), port, SERVER_CORE)


def _start(children: Children, name: str, config: str, port: int, core: int) -> Server:
    path = children.folder / f"{name}.conf"
    path.write_text(config)
    command = [find_program("nginx"), "-e", "stderr", "-p", str(children.folder), "-c", str(path)]
    return children.start_server(name, command, port, core)
