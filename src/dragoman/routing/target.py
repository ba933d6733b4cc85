"""Who can serve: providers with their credentials, targets, and the routes that name them.

All of it is built once, at configuration load, in the form in which a request needs it: addresses split, headers as
bytes. Nothing here is changed afterwards; a reload builds anew.
"""

from __future__ import annotations

from itertools import accumulate, chain
from typing import Literal

import msgspec

from dragoman.errors import Kind
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.secret import Secret

Policy = Literal["ordered", "weighted", "fastest", "cheapest", "least_busy"]

HeaderPairs = tuple[tuple[bytes, bytes], ...]

FITTING = "context:"
"""How the names of those shapings begin that fit requests to a window; a target has one of them at most, its last."""


class Origin(msgspec.Struct, frozen=True):
    """Where a connection goes. With `unix_path` the host only fills the `Host` header."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    unix_path: str | None = None


class Timeouts(msgspec.Struct, frozen=True, gc=False):
    """Seconds per phase. `idle` counts any byte of an answer, `progress` only those that mean something."""

    connect: float = 5.0
    send: float = 30.0
    first_byte: float = 60.0
    idle: float = 60.0
    progress: float = 180.0
    total: float = 1200.0


DEFAULT_TIMEOUTS = Timeouts()


class Withheld(msgspec.Struct, frozen=True):
    """A secret that never travels: each request is signed with it, or it is exchanged for a token that does, or for a
    session."""

    scheme: Literal["sigv4", "aws", "google-oauth", "entra", "account"]
    secret: Secret


class Shown(msgspec.Struct, frozen=True):
    """A secret in the form in which a provider wants to see it; `withheld` where only the moment of sending tells."""

    headers: HeaderPairs = ()
    query: bytes = b""
    withheld: Withheld | None = None

    def __repr__(self) -> str:
        return "<Shown ****>"


class Face(msgspec.Struct, frozen=True):
    """A dialect that a provider speaks, and where. `base_path` has no slash at its end."""

    dialect: str
    origin: Origin
    base_path: str


class Credential(msgspec.Struct, frozen=True):
    """One key of a provider's pool. `shown` holds the secret for each dialect that the provider speaks; `face` is
    where this key is valid, if that is not where the provider is."""

    name: str
    shown: dict[str, Shown]
    weight: float = 1.0
    models: frozenset[str] | None = None
    face: Face | None = None
    rpm: int = 0  # requests and tokens a minute and requests at once that the operator allows; 0: no limit
    tpm: int = 0
    concurrency: int = 0

    def __repr__(self) -> str:
        return f"<Credential {self.name}>"


class Provider(msgspec.Struct, frozen=True):
    """Who serves: its faces (the first is the one it is translated to), its credentials and its manners."""

    name: str
    faces: tuple[Face, ...]
    credentials: tuple[Credential, ...]
    headers: HeaderPairs = ()
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    models: tuple[str, ...] = ()
    steers: bool = False  # it understands `models` and `provider` in a request's body itself

    def face_for(self, dialect: str) -> Face:
        """The face of the caller's own dialect if there is one, since nothing can be lost there."""
        for face in self.faces:
            if face.dialect == dialect:
                return face
        return self.faces[0]

    def __repr__(self) -> str:
        dialects = ", ".join(face.dialect for face in self.faces)
        return f"<Provider {self.name}: {dialects}, {len(self.credentials)} credentials>"


class Condition(msgspec.Struct, frozen=True):
    """Which requests a target is for: one of the tags, all of the headers (name and pattern), a length in tokens."""

    tags: frozenset[str] = frozenset()
    headers: tuple[tuple[str, str], ...] = ()
    min_tokens: int = 0
    max_tokens: int = 0  # 0: no limit


class Hedge(msgspec.Struct, frozen=True, gc=False):
    """When a second provider is asked beside the first, and for which share of a route's requests at most."""

    after_seconds: float
    share: float


class Mirror(msgspec.Struct, frozen=True):
    """Whom a share of a route's requests is shown as well. `to` is a public name."""

    to: str
    share: float


class Target(msgspec.Struct, frozen=True):
    """One model at one provider."""

    provider: Provider
    model: str
    profile: Profile = DEFAULT_PROFILE
    weight: float = 1.0
    price: float | None = None  # what counts where the cheapest is wanted; None where nobody knows
    shapings: tuple[str, ...] = ()  # what has to be done for it around each request, by name, in this order
    condition: Condition | None = None

    @property
    def name(self) -> str:
        return f"{self.provider.name}/{self.model}"

    def __repr__(self) -> str:
        return f"<Target {self.name}>"

    def with_fitting(self, shapings: tuple[str, ...]) -> Target:
        """The same with the fitting that is among these shapings, or with none, in the place of its own."""
        kept = tuple(name for name in self.shapings if not name.startswith(FITTING))
        fitting = tuple(name for name in shapings if name.startswith(FITTING))
        return msgspec.structs.replace(self, shapings=kept + fitting)


class Route(msgspec.Struct, frozen=True):
    """A public model name and the targets that may answer for it, best first unless `policy` says otherwise."""

    name: str
    targets: tuple[Target, ...]
    policy: Policy = "ordered"
    timeouts: Timeouts | None = None  # instead of those of the provider
    strict: bool = False  # refuse what cannot be carried without a loss
    on_disconnect: Literal["cancel", "finish"] = "cancel"
    differs: bool = False  # its targets cannot all do the same
    least_window: int = 0  # the shortest context of its targets, where they differ in it
    is_conditional: bool = False  # some of its targets are not for every request
    hedge: Hedge | None = None
    mirror: Mirror | None = None
    continues: bool = False  # another target goes on with a stream that broke off
    fallback: dict[Kind, tuple[Target, ...]] = {}  # who is asked after an error of that kind
    has_choice: bool = False  # more than one key may serve it; this and what comes next follow from the others
    is_particular: bool = False  # it has to be seen which of its targets can serve a request
    is_shaped: bool = False  # something may have to be done around a request for one of its targets
    only: Attempt | None = None  # the first attempt of every request, where there is one key of one target
    total_seconds: float = 0.0  # how long all attempts may take
    weight_sums: tuple[float, ...] = ()  # of the targets up to each of them

    def __post_init__(self) -> None:
        targets = self.targets
        keys = [(target, key) for target in targets for key in target.provider.credentials]
        settled = {
            "has_choice": len(targets) > 1 or len(keys) > 1,
            "is_particular": self.is_conditional or self.differs or self.least_window > 0,
            "is_shaped": any(one.shapings for one in chain(targets, *self.fallback.values())),
            "only": Attempt(*keys[0], 1) if len(keys) == len(targets) == 1 else None,
            "total_seconds": (self.timeouts or (targets[0].provider.timeouts if targets else DEFAULT_TIMEOUTS)).total,
            "weight_sums": tuple(accumulate([one.weight for one in targets])),
        }
        for name, value in settled.items():
            msgspec.structs.force_setattr(self, name, value)


class Attempt(msgspec.Struct, frozen=True):
    """One try at one target with one credential. `number` counts from 1."""

    target: Target
    credential: Credential
    number: int

    def face_for(self, dialect: str) -> Face:
        """Where this attempt goes, given the caller's dialect."""
        return self.credential.face or self.target.provider.face_for(dialect)
