"""Operations beside chat on their way to a provider that has them: bytes through where it speaks the same dialect, and
translated where the operation can be (embeddings).

Theory of operation: for each operation there is one `GenerateService`, which sees the operation as a dialect and, of
every route, only the targets whose provider can carry it. So pools, failover, limits, steering and the meter are those
of all other requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dragoman.dialects.base import Dialect
from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.generate import GenerateService
from dragoman.service.reshaping.plugins import CLOSED_GUARD, GUARDS
from dragoman.service.switchboard import Switchboard, Switchboards

OpenService = Callable[[Switchboards], GenerateService]


class ForwardService:
    """Passes operations on. One instance serves all of them; `open_service` makes what does the work of one."""

    def __init__(
        self, operations: Mapping[str, Dialect], switchboards: Switchboards, open_service: OpenService
    ) -> None:
        self._services = {
            name: open_service(OperationBoards(operation, switchboards)) for name, operation in operations.items()
        }

    async def forward(self, inbound: Inbound, sink: ReplySink) -> None:
        """Answer one request into `sink`."""
        await self._services[inbound.client.name].generate(inbound, sink)


class OperationBoards:
    """The current switchboard as one operation sees it; made anew only when it has changed."""

    __slots__ = ("_board", "_operation", "_switchboards", "_whole")

    def __init__(self, operation: Dialect, switchboards: Switchboards) -> None:
        self._operation = operation
        self._switchboards = switchboards
        self._whole: Switchboard | None = None
        self._board: Switchboard | None = None

    def __call__(self) -> Switchboard:
        whole = self._switchboards()
        if self._board is None or whole is not self._whole:
            operation = self._operation
            self._whole = whole
            self._board = msgspec.structs.replace(
                whole,
                resolver=OperationResolver(whole.resolver, operation),
                dialects={
                    **whole.dialects,
                    **dict.fromkeys(operation.carriers, operation),
                    **{name: Dialect(name, None, side) for name, side in operation.crossings.items()},
                },
            )
        return self._board


class OperationResolver(Resolver):
    """Names as they are configured, but each route with those targets only that can carry the operation."""

    def __init__(self, whole: Resolver, operation: Dialect) -> None:
        super().__init__((), whole.providers, Target)
        self._whole = whole
        self._operation = operation

    def resolve(self, name: str) -> Route:
        """The route for a name; raises UNSUPPORTED where none of its targets is left."""
        route = self._whole.resolve(name)
        carriers, crossings = self._operation.carriers, tuple(self._operation.crossings)
        targets = select_carrying(route.targets, carriers)
        if not targets:
            carriers = crossings
            targets = select_comparable(select_carrying(route.targets, crossings))
        if not targets:
            able = (*self._operation.carriers, *crossings)
            raise DragomanError(
                Kind.UNSUPPORTED,
                f"{name!r} cannot be asked for this: none of the model's providers speaks {' or '.join(able)} over the "
                "network.",
                path="model",
            )
        targets = self._select_open(targets)
        if not targets:
            message = f"Plugins that have to see every request stand before {name!r}, and none can look into this one."
            raise DragomanError(Kind.UNSUPPORTED, message, path="model", code="plugins_cannot_see")
        fallback = {
            kind: self._select_open(select_carrying(listed, carriers)) for kind, listed in route.fallback.items()
        }
        fallback = {kind: listed for kind, listed in fallback.items() if listed} if carriers is not crossings else {}
        return msgspec.structs.replace(route, targets=targets, fallback=fallback, differs=False)

    def _select_open(self, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """The targets with nothing done for them but by plugins, and those only where the operation can be read. Where it
        cannot, targets with plugins that have to see everything are left out."""
        is_readable = bool(self._operation.crossings)
        guards = GUARDS if is_readable else ()
        return tuple(
            msgspec.structs.replace(target, shapings=tuple(name for name in target.shapings if name in guards))
            for target in targets
            if is_readable or CLOSED_GUARD not in target.shapings
        )


def select_carrying(targets: tuple[Target, ...], carriers: tuple[str, ...]) -> tuple[Target, ...]:
    """The targets whose provider speaks one of the dialects, as if it spoke no other. Our own local models only chat."""
    selected: list[Target] = []
    for target in targets:
        provider = target.provider
        able = {face.dialect: face for face in provider.faces if face.origin.unix_path is None}
        face = next((able[dialect] for dialect in carriers if dialect in able), None)
        if face is not None:
            provider = msgspec.structs.replace(provider, faces=(face,))
            selected.append(msgspec.structs.replace(target, provider=provider))
    return tuple(selected)


def select_comparable(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The first target, and those after it that are the same model: what two models make of a text cannot be compared, so
    that a failover from one to the other would spoil whatever index it goes into."""
    return tuple(target for target in targets if target.model == targets[0].model)
