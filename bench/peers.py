"""`make bench-peers`: other gateways, nginx and this one, on the same machine in the same run.

    python -m bench.peers               install what is missing, measure all, write the peers' part of the page
    python -m bench.peers --only NAME   only that peer (may be repeated); writes nothing
    python -m bench.peers --no-install  measure what is there

Each answers the same small chat request from 32 connections, then passes the same stream on, each event in a packet of
its own. A gateway that is too slow for 64 such streams at a time gets fewer, until it keeps up, for a cost says nothing
where events pile up. Whoever cannot be installed or started is listed with the reason.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from bench import gateway as dragoman
from bench.cases import CASES, find_case
from bench.chart import Bar, draw_bars
from bench.conditions import read_conditions
from bench.measure import (
    MARK,
    SETTLE_SECONDS,
    Plan,
    Stage,
    build_floor_shot,
    build_gateway_shot,
    open_stage,
    sample_events,
    sample_requests,
)
from bench.namespace import can_enter, enter, raise_loopback
from bench.peer_install import InstallError, find_home, install, read_version
from bench.peer_table import PEERS, Peer, Place
from bench.proc import read_memory
from bench.processes import LOAD_CORE, SERVER_CORE, MissingToolError, Server, StartError, ask, find_free_port, is_listening, orderly_end
from bench.report import build_conditions, build_page, build_table
from bench.results import Sample
from bench.run import MISSING, PAGE, PICTURE
from bench.traffic import TRAFFIC, build_request
from bench.wrk import LoadError, Shot, run_load
