"""What breaks a rule and may: the key that the failing test prints, and why. A row that is not needed fails."""

from __future__ import annotations

EXCEPTIONS: dict[str, str] = {
    "verb: src/dragoman/http/server.py::GatewayServer.handle_exit": "the server library calls it by this name",
    "parameters: src/dragoman/errors.py::DragomanError.__init__": (
        "an error has many facets; all but two are optional and given by name"
    ),
}
