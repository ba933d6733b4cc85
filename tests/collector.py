"""A collector of OpenTelemetry's protocol over HTTP: it reads with the protocol's own classes, and keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collected:
    """What came: spans with their attributes, points of metrics by name, headers of the last request."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Any] = []
        self.points: dict[str, list[Any]] = {}
        self.headers: dict[str, str] = {}
        self.resource: dict[str, Any] = {}
        self.arrival = threading.Condition()

    def wait_for_spans(self, count: int, seconds: float = 20.0) -> list[Any]:
        """As soon as so many have come."""
        with self.arrival:
            assert self.arrival.wait_for(lambda: len(self.spans) >= count, seconds), self.spans
            return list(self.spans)

    def wait_for_points(self, name: str, seconds: float = 20.0) -> list[Any]:
        """As soon as there is something of a metric."""
        with self.arrival:
            assert self.arrival.wait_for(lambda: name in self.points, seconds), sorted(self.points)
            return list(self.points[name])

    def take_spans(self, body: bytes) -> None:
        """One export of spans."""
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = read_attributes(group.resource.attributes)
            self.spans += [span for scope in group.scope_spans for span in scope.spans]

    def take_points(self, body: bytes) -> None:
        """One export of metrics: sums of all so far, so the last one counts."""
        for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in [metric for scope in group.scope_metrics for metric in scope.metrics]:
                self.points[metric.name] = list(metric.histogram.data_points)


def read_attributes(pairs: Any) -> dict[str, Any]:
    """As plain values."""
    return {pair.key: _read_value(pair.value) for pair in pairs}


def _read_value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_read_value(one) for one in value.array_value.values]
    return getattr(value, kind)


@contextmanager
def running_collector() -> Iterator[Collected]:
    """Listens on a free port until the end."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with collected.arrival:
                collected.headers = {name.lower(): value for name, value in self.headers.items()}
                takes = {"/v1/traces": collected.take_spans, "/v1/metrics": collected.take_points}
                takes[self.path](body)
                collected.arrival.notify_all()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    collected = Collected(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, name="collector")
    thread.start()
    try:
        yield collected
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
