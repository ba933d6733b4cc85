"""What is done for models that cannot take images, videos or documents as they come."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.types import Count, Port, Seconds


class MediaSettings(msgspec.Struct, frozen=True):
    """Files are fetched and converted only for targets that could not take them otherwise: a URL for a model on this
    machine, a video for one that sees only images, a PDF for one that reads only text."""

    fetch_urls: bool = True
    """Whether the gateway fetches what a request names by its URL, where the target cannot. Only what lies on public
    addresses is fetched, whatever the URL, its redirects or the name service say."""

    own_networks: list[str] = []
    """Networks of your own that may be fetched from as well, such as `10.20.0.0/16`. Whoever may call the gateway can
    then read what its web servers have."""

    ports: list[Port] = []
    """Ports that may be fetched from; 80 and 443 if left out."""

    max_file_mib: Count = 20
    """How large a fetched file may be."""

    max_request_mib: Count = 64
    """How large all fetched files of a request may be together."""

    max_files: Count = 16
    """How many media of a request are fetched or converted."""

    max_pages: Count = 50
    """How many pages of a PDF are read."""

    describe_route: str = ""
    """A route, or `provider/model`, that sees: it describes images to models that do not. Asked once for each image and
    caller, and paid for like any request. Nobody describes them if left out."""

    fetch_seconds: Seconds = 20.0
    """How long fetching a file may take, redirects and all."""

    convert_seconds: Seconds = 60.0
    """How long converting a file may take, with the wait for its turn."""

    conversions_at_once: Count = 2
    """How many files are converted at the same time, each by a process of its own. The others wait."""
