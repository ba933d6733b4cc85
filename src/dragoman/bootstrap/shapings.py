"""What is done around the requests of targets that cannot do everything themselves, and which targets need what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network

import msgspec

from dragoman.adapt.media.plan import needs_care
from dragoman.clock import IdSource, SystemClock
from dragoman.config.schema import Settings
from dragoman.config.sections.media import MediaSettings
from dragoman.engine.converter import Converter
from dragoman.model.profile import Profile, ToolForm
from dragoman.plugins.loading import load_plugin
from dragoman.routing.target import FITTING, Target
from dragoman.service.reshaping.aside import Aside
from dragoman.service.reshaping.bound_calls import BoundCallShaping
from dragoman.service.reshaping.descriptions import Descriptions
from dragoman.service.reshaping.media import MediaBounds, MediaShaping
from dragoman.service.reshaping.output_text import OutputTextShaping
from dragoman.service.reshaping.plugins import CLOSED_GUARD, OPEN_GUARD, PluginShaping, Station
from dragoman.service.reshaping.tool_text import ToolTextShaping
from dragoman.service.shaping import Shaping
from dragoman.upstream.fetch import DEFAULT_RULES, Fetcher, FetchRules
from dragoman.upstream.public_addresses import build_judge

MIB = 1024 * 1024

ASIDE = Aside()  # one for the process: threads that are lost stay lost when the configuration changes


def select_shapings(target: Target, stations: Sequence[Station], *, describes: bool = False) -> tuple[str, ...]:
    """What is done for a target, in the order in which requests pass it; nothing, for nearly all."""
    profile = target.profile
    serving = [station for station in stations if station.serves(target)]
    has_closed = not all(station.fails_open for station in serving)
    needs = {
        CLOSED_GUARD: has_closed,
        OPEN_GUARD: bool(serving) and not has_closed,
        "media": needs_care(profile) or (describes and "image" not in profile.media),
        "output": not profile.structured_output,
        **need_for_tools(profile),
    }
    return tuple(name for name, is_needed in needs.items() if is_needed)


def change_tool_form(target: Target, form: ToolForm) -> Target:
    """The same target with its tools told in another form, or left to itself."""
    others = [name for name in target.shapings if name not in need_for_tools(target.profile)]
    fittings = [name for name in others if name.startswith(FITTING)]
    first = [name for name in others if name not in fittings]
    profile = msgspec.structs.replace(target.profile, tool_form=form)
    own = [name for name, is_needed in need_for_tools(profile).items() if is_needed]
    return msgspec.structs.replace(target, profile=profile, shapings=(*first, *own, *fittings))


def need_for_tools(profile: Profile) -> dict[str, bool]:
    """Tools are told as text, or demanded by a schema, or neither."""
    return {"tools": bool(profile.tool_form), "calls": profile.tool_demand == "schema" and not profile.tool_form}


def build_shapings(
    settings: Settings,
    stations: Sequence[Station],
    environment: Mapping[str, str],
    descriptions: Descriptions | None = None,
) -> dict[str, Shaping]:
    """All of them by name."""
    plugins = PluginShaping(stations, ASIDE)
    return {
        CLOSED_GUARD: plugins,
        OPEN_GUARD: plugins,
        "media": build_media_shaping(settings.media, environment, descriptions),
        "output": OutputTextShaping(),
        "tools": ToolTextShaping(IdSource()),
        "calls": BoundCallShaping(IdSource()),
    }


def load_stations(settings: Settings) -> tuple[Station, ...]:
    """The plugins of the configuration; raises what is wrong with one."""
    return tuple(
        Station(
            one.use,
            load_plugin(one.use, one.settings, f"plugins[{index}]"),
            fails_open=one.on_failure == "open",
            seconds=one.time_limit_seconds,
            models=tuple(one.models),
        )
        for index, one in enumerate(settings.plugins)
    )


def build_media_shaping(
    media: MediaSettings, environment: Mapping[str, str], descriptions: Descriptions | None = None
) -> MediaShaping:
    """What fetches and converts."""
    rules = FetchRules(
        max_bytes=media.max_file_mib * MIB,
        total_seconds=media.fetch_seconds,
        ports=frozenset(media.ports) or DEFAULT_RULES.ports,
    )
    judge = build_judge([ip_network(text) for text in media.own_networks])
    bounds = MediaBounds(
        fetch_urls=media.fetch_urls,
        max_files=media.max_files,
        max_bytes=media.max_request_mib * MIB,
        max_pages=media.max_pages,
        describe_route=media.describe_route,
    )
    converter = Converter(environment, media.conversions_at_once, media.convert_seconds)
    return MediaShaping(Fetcher(SystemClock(), rules, judge), converter, bounds, descriptions)
