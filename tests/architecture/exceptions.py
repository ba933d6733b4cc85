"""What breaks a rule and may: the key that the failing test prints, and why. A row that is not needed fails."""

from __future__ import annotations

EXCEPTIONS: dict[str, str] = {
    "lazy-import: src/dragoman/cli/main.py::load_command": (
        "a command is imported when it is called, so that `dragoman --help` pays for none of them"
    ),
    "verb: src/dragoman/http/server.py::GatewayServer.handle_exit": "the server library calls it by this name",
    "verb: tests/hub_double.py::_Answers.do_GET": "the standard library's server calls it by this name",
    "banned-call: src/dragoman/http/protocol.py::self._loop.create_task": (
        "the server owns the task, waits for it when it ends, and it tells its failures itself"
    ),
    "parameters: src/dragoman/errors.py::DragomanError.__init__": (
        "an error has many facets; all but two are optional and given by name"
    ),
}
