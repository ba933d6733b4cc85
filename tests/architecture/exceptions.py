"""What breaks a rule and may: the key that the failing test prints, and why. A row that is not needed fails."""

from __future__ import annotations

EXCEPTIONS: dict[str, str] = {
    "catch-all: src/dragoman/service/reshaping/aside.py": (
        "what somebody else's plugin raises, whatever it is, is a value for who asked, and must end neither thread nor loop"
    ),
    "banned-call: src/dragoman/cli/main.py::importlib.import_module": (
        "a command is imported when it is called, by a name out of a closed list, so that `dragoman --help` pays for none"
    ),
    "lazy-import: src/dragoman/bootstrap/tracing.py::open_collector": (
        "the SDK of an extra, which takes longer to import than all the rest; only where a collector is configured"
    ),
    "lazy-import: src/dragoman/bootstrap/ledger.py::open_store": (
        "the library for Postgres is an extra, and only who keeps the ledger there has any use for it"
    ),
    "verb: tests/collector.py::running_collector.Answers.do_POST": "the standard library's server calls it by this name",
    "lazy-import: src/dragoman/upstream/google_oauth.py::load_signer": (
        "signing with RSA is an extra, and too heavy to be loaded by who has no Google service account"
    ),
    "verb: src/dragoman/http/server.py::GatewayServer.handle_exit": "the server library calls it by this name",
    "verb: examples/account_provider/server.py::Visit.do_GET": "the standard library's server calls it by this name",
    "verb: examples/account_provider/server.py::Visit.do_POST": "the standard library's server calls it by this name",
    "verb: tests/e2e/test_vertex.py::_Desk.do_POST": "the standard library's server calls it by this name",
    "verb: tests/identity_provider.py::running_provider.Answers.do_GET": "the standard library's server calls it by this name",
    "verb: tests/identity_provider.py::running_provider.Answers.do_POST": "the standard library's server calls it by this name",
    "verb: tests/cloud_double.py::_Desk.do_GET": "the standard library's server calls it by this name",
    "verb: tests/hub_double.py::_Answers.do_GET": "the standard library's server calls it by this name",
    "banned-call: src/dragoman/http/protocol.py::self.loop.create_task": (
        "the server owns the task, waits for it when it ends, and it tells its failures itself"
    ),
    "lazy-import: src/dragoman/http/handshake.py::open_framing": (
        "the library that frames WebSockets; only who asks over one has any use for it"
    ),
    "lazy-import: src/dragoman/service/access/vault.py::open_seals": (
        "the cryptography library costs a tenth of a second and is an extra; only who stores providers' keys needs it"
    ),
    "lazy-import: src/dragoman/bootstrap/oidc.py::build_oidc": (
        "the cryptography library again; only who signs in through an identity provider needs it"
    ),
    "parameters: src/dragoman/errors.py::DragomanError.__init__": (
        "an error has many facets; all but two are optional and given by name"
    ),
}
