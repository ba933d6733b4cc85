"""What is done for media, checked: networks that are some, and a route that is there."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_network

from dragoman.config.problems import Problems, suggest
from dragoman.config.schema import Settings


def check_media(settings: Settings, providers: Collection[str], problems: Problems) -> None:
    """Note what cannot be understood."""
    for index, network in enumerate(settings.media.own_networks):
        if not is_network(network):
            problems.add(f"media.own_networks[{index}]", "must be a network such as 10.20.0.0/16 or fd00:1::/64")
    route = settings.media.describe_route
    names = {alias for one in settings.routes.values() for alias in one.aliases} | settings.routes.keys()
    if route and route not in names and not ("/" in route and route.partition("/")[0] in providers):
        problems.add("media.describe_route", f"there is no route {route!r}.{suggest(route, names)}")


def is_network(text: str) -> bool:
    """Whether a text is a network, with no bits set beyond its length."""
    try:
        return ip_network(text).num_addresses > 0
    except ValueError:
        return False
