"""The text in which Prometheus and those who do as it does read metrics: version 0.0.4, and OpenMetrics 1.0.0.

https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dragoman.telemetry.metrics import Family, Histogram, Labels, Reading

TEXT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE = b"application/openmetrics-text; version=1.0.0; charset=utf-8"

_OPENMETRICS = "application/openmetrics-text"
_OPENMETRICS_VERSIONS = frozenset({"", "0.0.1", "1.0.0"})
_TEXT_RANGES = frozenset({"text/plain", "text/*", "*/*"})
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header would rather have OpenMetrics than plain text; what says nothing gets plain text."""
    quality = {True: 0.0, False: 0.0}
    for part in accept.lower().split(","):
        name, *parameters = [piece.strip() for piece in part.split(";")]
        given = dict(piece.partition("=")[::2] for piece in parameters)
        is_openmetrics = name == _OPENMETRICS and given.get("version", "").strip('"') in _OPENMETRICS_VERSIONS
        if is_openmetrics or name in _TEXT_RANGES:
            quality[is_openmetrics] = max(quality[is_openmetrics], _read_quality(given.get("q", "1")))
    return quality[True] > 0 and quality[True] >= quality[False]


def _read_quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def emit_exposition(readings: Iterable[Reading], *, is_openmetrics: bool = False) -> bytes:
    """The whole page."""
    lines: list[str] = []
    for family, values in readings:
        is_counter = family.kind == "counter"
        name = family.name.removesuffix("_total") if is_openmetrics and is_counter else family.name
        lines += (f"# HELP {name} {family.meaning}", f"# TYPE {name} {family.kind}")
        ends = [*(emit_number(bound, family.scale) for bound in family.bounds), "+Inf"]
        for labels, value in values:
            if isinstance(value, Histogram):
                lines += _emit_histogram(family, labels, value, ends)
            else:
                lines.append(f"{family.name}{_emit_labels(family, labels)} {emit_number(value, family.scale)}")
    if is_openmetrics:
        lines.append("# EOF")
    return "\n".join([*lines, ""]).encode()


def _emit_histogram(family: Family, labels: Labels, histogram: Histogram, ends: Sequence[str]) -> Iterator[str]:
    """Each bucket counts all that is not above its bound, so they grow from one to the next."""
    own = _emit_labels(family, labels)
    opened = f"{family.name}_bucket{own[:-1]}," if own else f"{family.name}_bucket{{"
    count = 0
    for end, found in zip(ends, histogram.buckets, strict=True):
        count += found
        yield f'{opened}le="{end}"}} {count}'
    yield f"{family.name}_sum{own} {emit_number(histogram.sum, family.scale)}"
    yield f"{family.name}_count{own} {count}"


def _emit_labels(family: Family, labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{value.translate(_ESCAPES)}"' for name, value in zip(family.labels, labels, strict=True))
    return "{" + ",".join(pairs) + "}"


def emit_number(count: int, scale: int) -> str:
    """`count` in units of `scale` (a power of ten), exactly."""
    if scale == 1:
        return str(count)
    whole, rest = divmod(count, scale)
    digits = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0")
    return f"{whole}.{digits or '0'}"
