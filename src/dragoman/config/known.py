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
    def places(self) -> Mapping[str, Sequence[str]]:
        """The variables that fill what is open in its base URL."""

    @property
    def also(self) -> Mapping[str, str]: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def models(self) -> Sequence[str]: ...

    @property
    def is_shy(self) -> bool:
        """Whether it is only used where a configuration names it."""

    @property
    def unmoved(self) -> KnownRow | None:
        """The row as it is without the variable of the environment that moved it; None where none did."""


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

    @property
    def unmoved(self) -> Found | None:
        """What would have been found without the variable that says where it is."""


KnownRows = Mapping[str, KnownRow]
