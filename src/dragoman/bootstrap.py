"""Wires everything together: settings in, a running gateway out. One `build_*` per subsystem; nothing else wires."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from dragoman.catalog.discover import find_providers
from dragoman.catalog.models import build_profile
from dragoman.catalog.providers import ProviderRow, load_rows
from dragoman.clock import SystemClock
from dragoman.config.load import load_settings
from dragoman.config.schema import ProviderSettings, RouteSettings, Settings, TargetSettings, TimeoutSettings
from dragoman.dialects.registry import DIALECTS
from dragoman.http.data_plane import DataPlane, Limits
from dragoman.http.endpoints import EndpointTable
from dragoman.http.hosts import HostGuard
from dragoman.http.server import ServerOptions, build_server
