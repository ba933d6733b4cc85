"""Operations beside chat on their way to a provider that has them: bytes through, as a request for an answer goes where
nothing needs to be translated.

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
                dialects={**whole.dialects, **dict.fromkeys(operation.carriers, operation)},
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
        carriers = self._operation.carriers
        targets = select_carrying(route.targets, carriers)
        if not targets:
            raise DragomanError(
                Kind.UNSUPPORTED,
                f"{name!r} cannot be asked for this: it is passed on as it is, and none of the model's providers speaks "
                f"{' or '.join(carriers)} over the network.",
                path="model",
            )
        fallback = {kind: select_carrying(listed, carriers) for kind, listed in route.fallback.items()}
        fallback = {kind: listed for kind, listed in fallback.items() if listed}
        return msgspec.structs.replace(route, targets=targets, fallback=fallback, differs=False)


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
