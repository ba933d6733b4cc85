"""Which providers the environment has keys or addresses for. Pure: variables in, findings out.

The variables are those that the makers' own tools read, so that whoever uses them has nothing to set up:
`OPENAI_API_KEY=a,b` is a pool of two keys, `OPENAI_BASE_URL` moves the provider, `OLLAMA_HOST` alone is enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from dragoman.catalog.providers import ProviderRow, Rows
from dragoman.model.secret import Secret

Environment = Mapping[str, str]

DEFAULT_KEY = Secret("default")
"""The key of who is found as a cloud's own tools find it."""

_VERSION_AT_END = re.compile(r"/v\d+\w*$")
_LOCAL_HOST = re.compile(r"localhost\b|127\.|\[::1\]")
_PLACE = re.compile(r"\{(\w+)\}")
_EVERYWHERE = ("://global-", "://")
"""Google's hosts begin with a location, but for the one that is everywhere."""

_LISTENING_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - what servers are told, not what is bound


class FoundProvider(msgspec.Struct, frozen=True):
    """A provider that can be used as it stands. `source` is the variable that its keys, or its address, came from."""

    row: ProviderRow
    base_url: str
    secrets: tuple[Secret, ...]
    source: str
    unmoved: FoundProvider | None = None  # what it would be without the variable that moved it

    @property
    def name(self) -> str:
        return self.row.name


def find_providers(environment: Environment, rows: Rows) -> list[FoundProvider]:
    """Everyone who can be used with nothing but the environment, in the order of the catalogue."""
    found = (_find(environment, row) for row in locate_rows(rows, environment).values())
    return [one for one in found if one is not None]


def locate_rows(rows: Rows, environment: Environment) -> dict[str, ProviderRow]:
    """The rows as they are for this environment: moved where it says so, their places filled in, and without a base
    URL where it does not say enough."""
    return {name: _locate(row, environment) for name, row in rows.items()}


def find_moves(environment: Environment, rows: Rows) -> dict[str, str]:
    """The variables that move a provider, each with where it moves one."""
    moved = {name: row for name, row in locate_rows(rows, environment).items() if row.unmoved is not None}
    return {_select_set(environment, row.base_url_env): row.base_url for row in moved.values()}


def _find(environment: Environment, row: ProviderRow) -> FoundProvider | None:
    url_variable = _select_set(environment, row.base_url_env) if row.unmoved is not None else ""
    key_variable = _select_set(environment, row.key_env)
    secrets = _join_parts(environment, row, split_keys(environment[key_variable])) if key_variable else ()
    if not secrets and (default_variable := _select_set(environment, row.default_env)):
        key_variable, secrets = default_variable, (DEFAULT_KEY,)
    # A key says nothing of whether a server of one's own is running; only an address does.
    if not row.base_url or not (url_variable if row.local else secrets):
        return None
    unmoved = _find(environment, row.unmoved) if row.unmoved is not None else None
    return FoundProvider(row, row.base_url, secrets, key_variable or url_variable, unmoved)


def _join_parts(environment: Environment, row: ProviderRow, keys: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """The keys, completed by what belongs to them; none where that is missing."""
    if not row.key_parts:
        return keys
    parts = [environment.get(name, "").strip() for name in row.key_parts]
    return tuple(Secret(":".join([key.reveal(), *filter(None, parts)])) for key in keys) if parts[0] else ()


def split_keys(text: str) -> tuple[Secret, ...]:
    """The keys of a variable, each once, in order."""
    return tuple(Secret(key) for key in dict.fromkeys(part.strip() for part in text.split(",")) if key)


def _locate(row: ProviderRow, environment: Environment) -> ProviderRow:
    variable = _select_set(environment, row.base_url_env)
    if not variable:
        return _fill_places(row, environment)
    moved = complete_base_url(row, environment[variable].strip())
    # Who is somewhere else may be someone else, who speaks this one dialect only.
    also = {} if moved != row.base_url else row.also
    return msgspec.structs.replace(row, base_url=moved, also=also, unmoved=_fill_places(row, environment))


def _fill_places(row: ProviderRow, environment: Environment) -> ProviderRow:
    values = {place: environment.get(_select_set(environment, names), "") for place, names in row.places.items()}
    if not all(values.values()):
        return msgspec.structs.replace(row, base_url="")
    base_url = _PLACE.sub(lambda match: values[match[1]], row.base_url)
    return msgspec.structs.replace(row, base_url=base_url.replace(*_EVERYWHERE))


def complete_base_url(row: ProviderRow, text: str) -> str:
    """A base URL from the way people write it: without scheme, without port, without the version of the API.

    Cases: `127.0.0.1:11434`, `gpu-box` (then with the row's own scheme and port); `0.0.0.0`, which servers are told to
    listen on; `https://generativelanguage.googleapis.com` for a dialect whose paths begin after `/v1beta`.
    """
    own = urlsplit(row.base_url)
    if "://" not in text:
        host, slash, rest = text.partition("/")
        has_port = re.search(r":\d+$", host) is not None
        port = f":{own.port}" if own.port and not has_port else ""
        scheme = "http" if row.local or _LOCAL_HOST.match(host) else "https"
        text = f"{scheme}://{host}{port}{slash}{rest}"
    scheme, _, address = text.rstrip("/").partition("://")
    for everywhere, loopback in _LISTENING_EVERYWHERE.items():
        if address.startswith(everywhere):
            address = loopback + address.removeprefix(everywhere)
    return _complete_path(row, f"{scheme}://{address}")


def _complete_path(row: ProviderRow, url: str) -> str:
    if row.dialect == "anthropic_messages":
        return url.removesuffix("/v1")
    if not row.path or _VERSION_AT_END.search(url):
        return url
    pieces = row.path.split("/")
    # What is there already is not put there twice: …/openai becomes …/openai/v1.
    for count in range(len(pieces) - 1, 0, -1):
        start = "/".join(pieces[:count])
        if start and url.endswith(start):
            return url + row.path.removeprefix(start)
    return url + row.path


def _select_set(environment: Environment, names: Sequence[str]) -> str:
    """The first of the variables that holds something; empty if none does."""
    return next((name for name in names if environment.get(name, "").strip(" ,\t\r\n")), "")
