"""The one place that reads the process's environment, and the variables that stand above the file.

Everybody else is given a mapping. A flag of the command line is the same variable laid over that mapping, so that the
order of precedence is the order of laying: file, environment, flags.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

CONFIG_PATH = "DRAGOMAN_CONFIG"
DATA_FOLDER = "DRAGOMAN_DATA"
API_KEYS = ("DRAGOMAN_API_KEY", "DRAGOMAN_API_KEYS")

OVERRIDES: dict[str, tuple[str, str]] = {
    "DRAGOMAN_HOST": ("server", "host"),
    "DRAGOMAN_PORT": ("server", "port"),
    "DRAGOMAN_LOG_LEVEL": ("logging", "level"),
}


def read_environment() -> Mapping[str, str]:
    """A copy of the environment, as it is now."""
    return dict(os.environ)
