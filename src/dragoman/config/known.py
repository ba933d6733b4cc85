"""What resolving must know of the catalogue. The catalogue's own types fit these; neither room imports the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dragoman.model.secret import Secret


class KnownRow(Protocol):
    """A provider that the catalogue knows. `base_url` is empty where it depends on something nobody has said yet."""

    @property
    def name(self) -> str: ...

    @property
    def dialect(self) -> str: ...

    @property
    def base_url(self) -> str: ...

    @property
    def auth(self) -> str: ...

    @property
    def key_env(self) -> Sequence[str]: ...

    @property
    def base_url_env(self) -> Sequence[str]: ...

    @property
    def also(self) -> Mapping[str, str]: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def models(self) -> Sequence[str]: ...


class Found(Protocol):
    """A provider that the environment has something for. `source` is the variable that said so."""

    @property
    def row(self) -> KnownRow: ...

    @property
    def base_url(self) -> str: ...

    @property
    def secrets(self) -> Sequence[Secret]: ...

    @property
    def source(self) -> str: ...


KnownRows = Mapping[str, KnownRow]
